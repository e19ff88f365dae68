import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { QueueEvent } from '../../lib/event.ts';
import { openEndpoint, type Request } from '../../lib/receive/endpoint.ts';
import { repeatCheck } from '../../lib/receive/repeats.ts';
import { authorizeBy } from '../../lib/receive/tokens.ts';
import { payload } from '../support/stack.ts';

const leaving = await payload('leaving');

/** A door with the token `t`, and what it put on the queue. */
function openDoor(state: 'open' | 'draining' = 'open') {
  const events: QueueEvent[] = [];
  const open = openEndpoint(
    { authorize: authorizeBy(['t']), networks: [], tenant: 'default', queues: {}, door: state },
    async (event) => void events.push(event),
    async () => undefined,
    () => '{"openapi":"3.1.0"}',
  );
  const request = (change: Partial<Request>): Request => ({
    method: 'POST',
    path: '/hooks/webitel',
    headers: { 'x-api-key': 't' },
    body: Buffer.from(JSON.stringify(leaving)),
    address: '192.0.2.1',
    receivedAt: 1,
    ...change,
  });
  const ask = async (change: Partial<Request>) => {
    const { answer } = await open(request(change));
    return { ...answer, body: JSON.parse(answer.body) };
  };
  return { events, ask };
}

describe('the path', () => {
  it('has repeated slashes taken as one: a base URL may end in a slash', async () => {
    const { ask, events } = openDoor();
    for (const path of ['//hooks/webitel', '/hooks//webitel/leaving', '///hooks/webitel//leaving//']) {
      assert.equal((await ask({ path })).status, 202, path);
    }
    assert.equal(events.length, 3);
    assert.equal((await ask({ path: '//health', method: 'GET' })).status, 200);
  });

  it('answers what is no POST with the reason that is most likely: a redirect', async () => {
    const { status, headers, body } = await openDoor().ask({ method: 'GET' });
    assert.deepEqual([status, headers['allow']], [405, 'POST']);
    assert.match(body.detail, /redirect/);
  });
});

describe('the description of the door', () => {
  it('is answered to whoever asks, without a token', async () => {
    const { ask } = openDoor();
    for (const path of ['/openapi.json', '//openapi.json'])
      assert.deepEqual(await ask({ path, method: 'GET', headers: {} }), {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { openapi: '3.1.0' },
      });
  });

  it('is not to be posted to, and not found where the door has none', async () => {
    const { status, headers } = await openDoor().ask({ path: '/openapi.json' });
    assert.deepEqual([status, headers['allow']], [405, 'GET']);
    const known = {
      authorize: authorizeBy(['t']),
      networks: [],
      tenant: 'default',
      queues: {},
      door: 'open' as const,
    };
    const bare = openEndpoint(
      known,
      async () => undefined,
      async () => undefined,
    );
    const asked = {
      method: 'GET',
      path: '/openapi.json',
      headers: {},
      body: Buffer.of(),
      address: '',
      receivedAt: 1,
    };
    assert.equal((await bare(asked)).answer.status, 404);
  });
});

describe('an accepted event', () => {
  it('is called a repeat when this door accepted the same one before', async () => {
    const { ask } = openDoor();
    const first = (await ask({})).body;
    assert.deepEqual((await ask({})).body, { ...first, repeat: true });
    assert.equal(first.repeat, undefined);
  });

  it('is remembered among so many, the newest ones', () => {
    const isRepeat = repeatCheck(2);
    assert.deepEqual(['a', 'b', 'a', 'c', 'b', 'a'].map(isRepeat), [false, false, true, false, false, false]);
  });
});

describe('a door that drains', () => {
  it('answers every hook 503 with Retry-After, takes nothing, and is still healthy', async () => {
    const { ask, events } = openDoor('draining');
    for (const headers of [{ 'x-api-key': 't' }, {}]) {
      const { status, headers: answered, body } = await ask({ headers });
      assert.deepEqual([status, answered['retry-after'], body.title], [503, '60', 'The door is closed']);
    }
    assert.deepEqual(events, []);
    assert.equal((await ask({ path: '/health', method: 'GET' })).status, 200);
    assert.equal((await ask({ path: '/nowhere' })).status, 404);
  });
});
