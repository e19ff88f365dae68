import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { QueueEvent } from '../lib/event.ts';
import { described, log, nameEvent } from '../lib/log.ts';
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

describe('an event in a log line', () => {
  const event: QueueEvent = {
    ...{ event: 'joined', channel: 'call', attempt_id: '7', queue_id: '42', member_name: 'Olena' },
    ...{ id: 'e', tenant: 'default', received_at: 1, variables: {} },
  };

  it('has its identifiers, and nothing of what is personal', () => {
    assert.deepEqual(nameEvent(event), { id: 'e', event: 'joined', attempt_id: '7', queue_id: '42' });
    const { queue_id: _, ...without } = event;
    assert.deepEqual(JSON.parse(JSON.stringify(nameEvent(without))), {
      ...{ id: 'e', event: 'joined', attempt_id: '7' },
    });
  });

  it('has the beginning of an identifier that is long: a line has its bound', () => {
    const long = 'x'.repeat(200_000);
    const named = nameEvent({ ...event, attempt_id: long, queue_id: long });
    assert.ok(JSON.stringify(named).length < 500);
  });
});
