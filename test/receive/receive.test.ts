import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../../lib/errors.ts';
import type { QueueEvent } from '../../lib/event.ts';
import { type Received, receive } from '../../lib/receive/receive.ts';

const known = { tenant: 'acme', queues: { 42: { name: 'sales', direction: 'inbound' as const } } };
const hook = (fields: object): Received => ({
  source: 'webitel',
  headers: {},
  body: Buffer.from(JSON.stringify({ state: 'joined', channel: 'call', attempt_id: 1, ...fields })),
  receivedAt: 7,
});

describe('a delivery', () => {
  it('is enqueued with what the operator knows of its queue', async () => {
    const events: QueueEvent[] = [];
    const event = await receive(hook({ queue_id: 42 }), known, async (taken) => void events.push(taken));
    assert.deepEqual(events, [event]);
    const { tenant, source, received_at, queue_name, direction } = event;
    assert.deepEqual(
      [tenant, source, received_at, queue_name, direction],
      ['acme', undefined, 7, 'sales', 'inbound'],
    );
    assert.match(event.id, /^[0-9a-f]{32}$/);
  });

  it('knows nothing of a queue that nobody configured, whatever its name', async () => {
    for (const queue_id of [7, undefined]) {
      const event = await receive(hook({ queue_id }), known, async () => undefined);
      assert.equal(event.queue_name, undefined);
    }
  });

  it('has the name of a source that is not Webitel, and of the system behind it', async () => {
    const body = { specversion: '1.0', id: '1', source: '/pbx', type: 'hookline.queue.joined.v1' };
    const data = { channel: 'call', attempt_id: 'constructor', queue_id: 'constructor' };
    const delivery = {
      ...hook({}),
      source: 'cloudevents' as const,
      body: Buffer.from(JSON.stringify({ ...body, data })),
    };
    const event = await receive(delivery, known, async () => undefined);
    assert.deepEqual([event.source, event.queue_name], ['cloudevents:/pbx', undefined]);
  });

  it('is not enqueued when it is rejected, and what the queue says goes on to the caller', async () => {
    const never = async () => assert.fail('it was enqueued');
    await assert.rejects(receive(hook({ attempt_id: '' }), known, never), Rejected);
    await assert.rejects(
      receive(hook({}), known, () => Promise.reject(new Error('down'))),
      /down/,
    );
  });
});
