import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { described, log } from '../lib/log.ts';
import { catchLogLines } from './support/log-lines.ts';

const error = Object.assign(new Error('down', { cause: new Error('secret') }), {
  code: 'ECONNREFUSED',
  args: ['secret'],
});

describe('a log line', () => {
  it('is one line of JSON, with the error by its name, message and code alone', (t) => {
    const lines = catchLogLines(t);
    log('error', 'given back', { id: 'a\nb', error });
    assert.deepEqual(lines, [
      {
        level: 'error',
        message: 'given back',
        id: 'a\nb',
        error: { name: 'Error', message: 'down', code: 'ECONNREFUSED' },
      },
    ]);
  });

  it('has no error where there is none', (t) => {
    const lines = catchLogLines(t);
    log('info', 'accepted');
    assert.deepEqual(lines, [{ level: 'info', message: 'accepted' }]);
  });

  it('says of what is thrown and is no error that it is unknown', () => {
    assert.deepEqual(described('secret'), { name: 'unknown' });
  });
});
