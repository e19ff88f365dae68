import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identify, nameGroup } from '../lib/identity.ts';
import { webitel } from '../lib/receive/sources/webitel.ts';

const read = (fields: object, key?: string) =>
  webitel.read({
    body: Buffer.from(JSON.stringify({ state: 'offering', channel: 'call', attempt_id: 1, ...fields })),
    headers: { 'idempotency-key': key },
  });
const id = (fields: object, key?: string, scope = ['default']) => identify(scope, read(fields, key).identity);
const group = (fields: object, source?: string) => nameGroup({ ...read(fields).hook, id: 'id', source });
const same = (a: string, b: string) => assert.equal(a, b);
const differ = (a: string, b: string) => assert.notEqual(a, b);

describe('with a timestamp', () => {
  it('an event is tenant, attempt, event and timestamp, however it was written', () => {
    same(id({ timestamp: 5 }), id({ timestamp: '5', attempt_id: '01', agent_name: 'x' }));
    differ(id({ timestamp: 5 }), id({ timestamp: 6 }));
    differ(id({ timestamp: 5 }), id({ timestamp: 5, attempt_id: 2 }));
    differ(id({ timestamp: 5 }), id({ timestamp: 5, state: 'missed' }));
    differ(id({ timestamp: 5 }), id({ timestamp: 5 }, undefined, ['acme']));
  });

  it('a key changes nothing: a flow that sends one for the whole call would merge its offerings', () => {
    same(id({ timestamp: 5 }, 'k'), id({ timestamp: 5 }, 'l'));
    differ(id({ timestamp: 5 }, 'k'), id({ timestamp: 6 }, 'k'));
  });
});

describe('without a timestamp', () => {
  it('two equal bodies are two events', () => differ(id({}), id({})));

  it('the same key makes them one, for the same tenant, attempt and event only', () => {
    same(id({}, 'k'), id({}, 'k'));
    differ(id({}, 'k'), id({}, 'l'));
    differ(id({}, 'k'), id({ attempt_id: 2 }, 'k'));
    differ(id({}, 'k'), id({ state: 'missed' }, 'k'));
    differ(id({}, 'k'), id({}, 'k', ['acme']));
  });

  it('one static key merges neither expired members nor changes of an agent', () => {
    const expired = { state: '', channel: '', attempt_id: '', cc_result: 'expired' };
    differ(id({ ...expired, member_id: 1 }, 'k'), id({ ...expired, member_id: 2 }, 'k'));
    const agent = { state: 'agent_status', agent_id: 1 };
    differ(id({ ...agent, status: 'online' }, 'k'), id({ ...agent, status: 'pause' }, 'k'));
    differ(id({ ...agent, status: 'online' }, 'k'), id({ ...agent, status: 'online', agent_id: 2 }, 'k'));
  });
});

describe('a group', () => {
  it('is the attempt, else the agent of the team hook, else the member, else the event alone', () => {
    const expired = { state: '', channel: '', attempt_id: '', cc_result: 'expired' };
    same(group({}), 'attempt:1');
    same(group({ state: 'agent_status', agent_id: 7, status: 'x' }), 'agent:7');
    same(group({ ...expired, member_id: 3 }), 'member:3');
    same(group(expired), 'event:id');
  });

  it('of another source is its own, and of plain characters whatever the identifiers are', () => {
    differ(group({}, 'cloudevents:/pbx/1'), group({}));
    differ(group({}, 'cloudevents:/pbx/1'), group({}, 'cloudevents:/pbx/2'));
    assert.match(group({}, `cloudevents:${'ü '.repeat(99)}`), /^attempt:[0-9a-f]{32}$/);
  });
});
