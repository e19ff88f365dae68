// Hookline as it is measured against its peers: the packaged handlers, the queue an emulator that isn't counted.
import { join } from 'node:path';
import { bundle } from '../../local/bundle.ts';
import { freePort } from '../../local/free-port.ts';
import { EVERY_SECOND, startRedis } from '../../local/redis-server.ts';
import { queueEnv, startSqs } from '../../local/sqs-server.ts';
import { cpuOf, resultOf, stop } from '../child.ts';
import { type Load, load } from './load.ts';
import { startListening, TOKEN } from './peer.ts';

/** One round: microseconds of CPU for an event. */
export type Round = {
  /** as Lambda calls it, one at a time; in batches of ten */
  readonly webhook: number;
  readonly consumer: number;
  /** the webhook behind node:http under the load of the peers, and how it answered */
  readonly served: number;
  readonly load: Load;
};

const request = { method: 'POST', path: '/hooks/webitel' } as const;

/** How many go through each handler after as many that warm it up, and milliseconds of load. */
export type Extent = { readonly hooks: number; readonly events: number; readonly duration: number };

/** Prepares it in a folder. @returns what runs a round */
export async function prepareHookline(
  stack: AsyncDisposableStack,
  folder: string,
  next: () => number,
): Promise<(extent: Extent) => Promise<Round>> {
  const redis = await startRedis(await freePort(), join(folder, 'redis'), EVERY_SECOND);
  stack.defer(redis.stop);
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  await bundle(folder);
  const env = { HOOK_TOKENS: 't', REDIS_URL: redis.url, ...queueEnv(sqs) };
  const webhook = join(folder, 'webhook/webhook.mjs');
  const consumer = join(folder, 'consumer/consumer.mjs');

  const port = await freePort();
  const warningless = '--disable-warning=ExperimentalWarning';
  const args = [warningless, join(import.meta.dirname, 'door-process.ts'), webhook, `${port}`];
  const door = await startListening(port, process.execPath, args, { env: { ...env, HOOK_TOKENS: TOKEN } });
  stack.defer(() => stop(door));
  const { pid = 0 } = door;

  let relayed = 0;
  return async ({ hooks, events, duration }) => {
    const first = `${relayed}`;
    relayed += 2 * events;
    const alone = await resultOf<number>('door-process.ts', [webhook, `${hooks}`], env);
    const relay = await resultOf<number>('peers/relay-process.ts', [consumer, `${events}`, first], env);
    const before = await cpuOf(pid);
    const answered = await load(port, request, next, duration);
    const served = ((await cpuOf(pid)) - before) / answered.sent;
    return { webhook: alone, consumer: relay, served, load: answered };
  };
}
