// A CRM that posts its own calls into the door, as CloudEvents, and takes their CDRs from a list of its own.
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Cdr, consumeCdrs } from '../../node/src/consume-cdrs.ts';

const SOURCE = '/crm/example';
const DOOR = `${env['DOOR'] ?? 'http://127.0.0.1:3000'}/hooks/cloudevents`;
const headers = {
  'content-type': 'application/cloudevents+json',
  authorization: `Bearer ${env['HOOK_TOKEN'] ?? 'local-token'}`,
};

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());

/** A line of the input: `id` names the event for ever, so that it may be sent again. */
type CrmEvent = { readonly id: string; readonly event: string; readonly data: object };

/** Sends it until the door has it. What the door refuses, it would refuse again: that is for a person. */
async function post({ id, event, data }: CrmEvent): Promise<void> {
  const type = `hookline.queue.${event}.v1`;
  const body = JSON.stringify({ specversion: '1.0', id, source: SOURCE, type, data });
  for (let pause = 250; !stopping.signal.aborted; pause = Math.min(2 * pause, 30_000)) {
    // The door itself tries for 8 s.
    const signal = AbortSignal.timeout(15_000);
    const answer = await fetch(DOOR, { method: 'POST', headers, body, signal }).catch(() => undefined);
    if (answer?.status === 202) return console.log(`posted ${id}`);
    if (answer !== undefined && answer.status < 500 && answer.status !== 429)
      return console.error(`refused ${id}: ${await answer.text()}`);
    await setTimeout(pause, undefined, stopping).catch(() => undefined);
  }
}

/** Every list has the CDRs of all sources. A CDR may come twice: what is done with it must bear that. */
function updateTicket({ id, message: { payload } }: Cdr): void {
  if (payload.source !== `cloudevents:${SOURCE}`) return;
  const { end_reason, call_time, variables } = payload;
  console.log(`ticket ${variables['ticket']}: ${end_reason}, ${call_time ?? '?'} s, CDR ${id}`);
}

const redis = new Redis(env['REDIS_URL'] ?? 'redis://127.0.0.1:8001', { lazyConnect: true });
const consuming = consumeCdrs(redis, {
  list: 'enigma:notifications:crm',
  handle: updateTicket,
  leaseMs: Number(env['LEASE_MS'] ?? 30_000),
  signal: stopping.signal,
});
// One after another: the events of a call arrive in their order.
for await (const line of createInterface({ input: process.stdin, signal: stopping.signal }))
  await post(JSON.parse(line));
await consuming;
