// What a terminal shows of the log of a run.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { humanLines } from '../../local/human-lines.ts';

const at = new Date(2026, 0, 2, 3, 4, 5);
const lines = (line: object, colours = false) => humanLines(JSON.stringify(line), at, colours);

const offering = { event: 'offering', attempt_id: '918273', queue_id: '42' };
const REFUSED = { error: { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:6379' } };

describe('a line of the log on a terminal', () => {
  it('is one line for each event: local time, what happened, event, queue, attempt', () => {
    assert.deepEqual(lines({ level: 'info', message: 'accepted', id: 'a', ...offering }), [
      '03:04:05  accepted   offering      queue 42  attempt 918273',
    ]);
    assert.deepEqual(
      lines({ level: 'info', message: 'relayed', events: [offering, { event: 'agent_status' }] }),
      ['03:04:05  published  offering      queue 42  attempt 918273', '03:04:05  published  agent_status'],
    );
  });

  it('tells a repeat', () => {
    assert.deepEqual(lines({ level: 'info', message: 'accepted', ...offering, repeat: true }), [
      '03:04:05  accepted   offering      queue 42  attempt 918273  repeat',
    ]);
  });

  it('names status, field and remedy of a refusal', () => {
    const problems = [{ path: 'attempt_id', message: 'is missing: map it in the data of the flow' }];
    assert.deepEqual(lines({ level: 'warn', message: 'quarantined', status: 422, problems }), [
      '03:04:05  refused 422  attempt_id is missing: map it in the data of the flow',
    ]);
    assert.deepEqual(
      lines({ level: 'warn', message: 'quarantined', status: 400, detail: 'It is neither JSON nor a form' }),
      ['03:04:05  refused 400  It is neither JSON nor a form'],
    );
    assert.deepEqual(lines({ level: 'warn', message: 'refused', status: 401, function: 'local' }), [
      '03:04:05  refused 401  compare the token of the flow with HOOK_TOKENS',
    ]);
    assert.deepEqual(lines({ level: 'warn', message: 'refused', status: 401 }), [
      '03:04:05  refused 401  see LIVE_USERS',
    ]);
  });

  it('goes on below at a word, and no line of it is longer than 80 columns', () => {
    const causes = [{ ...REFUSED, remedy: 'Redis cannot be reached: check that it runs, and REDIS_URL' }];
    assert.deepEqual(
      lines({ level: 'error', message: 'given back', events: [offering], causes, given_back: 3 }),
      [
        '03:04:05  published  offering      queue 42  attempt 918273',
        '03:04:05  waits      3 events: connect ECONNREFUSED 127.0.0.1:6379 → Redis',
        '          cannot be reached: check that it runs, and REDIS_URL',
      ],
    );
    const long = { event: 'x'.repeat(300), attempt_id: '9'.repeat(20), queue_id: '8'.repeat(20) };
    for (const line of lines({ level: 'info', message: 'accepted', ...long }, true)) {
      assert.ok(stripVTControlCharacters(line).length <= 80, line);
    }
  });

  it('names error and remedy of a hook that is lost, and of any other line', () => {
    const error = { name: 'Error', message: 'no' };
    assert.deepEqual(
      lines({ level: 'error', message: 'lost: SQS took nothing', status: 503, error, remedy: 'do it' }),
      ['03:04:05  lost 503   no → do it'],
    );
    assert.deepEqual(lines({ level: 'error', message: 'a sandbox ended', error }), [
      '03:04:05  error      a sandbox ended: no',
    ]);
    assert.deepEqual(lines({ level: 'info', message: 'live gateway has caught up', events: 0 }), [
      '03:04:05  info       live gateway has caught up',
    ]);
  });

  it('brings no control character of a hook to the terminal', () => {
    const [line = ''] = lines({
      level: 'info',
      message: 'accepted',
      event: 'joined',
      queue_id: '\u001b[2J\u0007é',
    });
    assert.ok(line.endsWith('queue ?[2J??'), line);
  });

  it('has a colour for what happened alone, and none unless asked', () => {
    assert.deepEqual(lines({ level: 'info', message: 'relayed', events: [offering] }, true), [
      '03:04:05  \u001b[32mpublished\u001b[0m  offering      queue 42  attempt 918273',
    ]);
  });

  it('is left alone when it is no line of the log', () => {
    for (const line of ['hookline ready: http://127.0.0.1:3000', '{"a":1}', '{', ''])
      assert.deepEqual(humanLines(line, at, true), [line]);
  });
});
