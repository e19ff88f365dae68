import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshen } from '../../ops/fresh-payload.ts';

const fresh = (...payloads: object[]) =>
  freshen(
    payloads.map((payload) => JSON.stringify(payload)),
    '7',
    10_000,
  ).map((text) => JSON.parse(text));

describe('fresh payloads', () => {
  it('are of the new attempt, and end now with the gaps that they had', () => {
    assert.deepEqual(
      fresh(
        { state: 'bridged', attempt_id: '1', timestamp: '500', joined_at: '100' },
        { state: 'leaving', attempt_id: '1', timestamp: 900, bridged_at: '', destination: '44' },
      ),
      [
        { state: 'bridged', attempt_id: '7', timestamp: '9600', joined_at: '9200' },
        { state: 'leaving', attempt_id: '7', timestamp: '10000', bridged_at: '', destination: '44' },
      ],
    );
  });

  it('get no attempt and no time where they had none', () => {
    assert.deepEqual(fresh({ agent_id: 1, status: 'online' }), [{ agent_id: 1, status: 'online' }]);
  });

  it('are refused where they are not JSON objects', () => {
    for (const text of ['a=1', '[]', '1']) assert.throws(() => freshen([text], '7', 1), /--new takes/);
  });
});
