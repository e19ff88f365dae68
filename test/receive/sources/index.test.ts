import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainPath, readPath } from '../../../lib/receive/sources/index.ts';

describe('a path of hooks', () => {
  it('names a source and, where the source takes one there, an event', () => {
    assert.deepEqual(readPath('/hooks/webitel'), { source: 'webitel', segment: undefined });
    assert.deepEqual(readPath('/hooks/webitel/'), { source: 'webitel', segment: undefined });
    assert.deepEqual(readPath('//hooks///webitel//leaving/'), { source: 'webitel', segment: 'leaving' });
    assert.deepEqual(readPath('/hooks/cloudevents'), { source: 'cloudevents', segment: undefined });
  });

  it('is unknown else', () => {
    for (const path of [
      '/',
      '/hooks',
      '/hooks/else',
      '/hooks/constructor',
      '/hooks/cloudevents/leaving',
      '/hooks/webitel/a/b',
      '/x/hooks/webitel',
    ])
      assert.equal(readPath(path), undefined, path);
  });

  it('takes no longer for many slashes than for few', () => {
    assert.equal(plainPath('/'.repeat(100_000)), '/');
    assert.equal(readPath(`/hooks/webitel${'/'.repeat(100_000)}x/y`), undefined);
  });
});
