import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { described, log } from '../lib/log.ts';

/** The line that is logged. */
function lineOf(t: TestContext, write: () => void): string {
  const { mock } = t.mock.method(process.stdout, 'write', () => true);
  write();
  mock.restore();
  return String(mock.calls[0]?.arguments[0]);
}

const error = Object.assign(new Error('down', { cause: new Error('secret') }), {
  code: 'ECONNREFUSED',
  args: ['secret'],
});

describe('a log line', () => {
  it('is one line of JSON, with the error by its name, message and code alone', (t) => {
    const line = lineOf(t, () => log('error', 'given back', { id: 'a\nb', error }));
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.deepEqual(JSON.parse(line), {
      level: 'error',
      message: 'given back',
      id: 'a\nb',
      error: { name: 'Error', message: 'down', code: 'ECONNREFUSED' },
    });
  });

  it('has no error where there is none', (t) => {
    assert.deepEqual(JSON.parse(lineOf(t, () => log('info', 'accepted'))), {
      level: 'info',
      message: 'accepted',
    });
  });

  it('says of what is thrown and is no error that it is unknown', () => {
    assert.deepEqual(described('secret'), { name: 'unknown' });
  });
});
