import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shownPath } from '../../lib/receive/shown-path.ts';

describe('the path of a refused request', () => {
  it('is shown without its query, its control characters and what may be a secret or a number', () => {
    for (const [path, shown] of [
      ['/hook/webitel/joined', '/hook/webitel/joined'],
      ['/hooks/webitel?token=abc', '/hooks/webitel'],
      ['/a\u001b[31m%1b%0a\u202e', '/a\\u001b[31m\\u001b\\u000a\\u202e'],
      ['/%zz', '/%zz'],
      ['/hooks/hush/joined', '/hooks/•••/joined'],
      ['/hooks/h%75sh', '/hooks/•••'],
      ['/hooks/a%2Fb=/joined', '/hooks/•••/joined'],
      ['/hooks/aVeryLongTokenOfOthers', '/hooks/•••'],
      ['/calls/+380671112233', '/calls/+•••'],
    ] as const) {
      assert.equal(shownPath(path, ['hush', 'a/b=']), shown);
    }
    const long = shownPath('/abcdefgh'.repeat(1000), []);
    assert.deepEqual([long.length, long.at(-1)], [100, '…']);
  });
});
