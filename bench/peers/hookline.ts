// Hookline as it is measured against its peers: the packaged handlers, the queue an emulator that isn't counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundle } from '../../local/bundle.ts';
import { freePort } from '../../local/free-port.ts';
import { startRedis } from '../../local/redis-server.ts';
import { queueEnv, startSqs } from '../../local/sqs-server.ts';
import { type Load, load } from './load.ts';
import { cpuOf, startListening, stop, TOKEN } from './peer.ts';

/** One round: microseconds of CPU for an event. */
export type Round = {
  /** of the webhook and the consumer, as Lambda calls them: one at a time, batches of ten */
  readonly handlers: number;
  /** the same, with the webhook behind node:http under the peers' load */
  readonly served: number;
  /** how that answered */
  readonly load: Load;
};

const request = { method: 'POST', path: '/hooks/webitel' } as const;

/** Prepares it in a folder. @returns what runs a round */
export async function prepareHookline(
  stack: AsyncDisposableStack,
  folder: string,
  next: () => number,
): Promise<(events: number, duration: number) => Promise<Round>> {
  const redis = await startRedis(await freePort(), join(folder, 'redis'));
  stack.defer(redis.stop);
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  await bundle(folder);
  const env = { HOOK_TOKENS: 't', REDIS_URL: redis.url, ...queueEnv(sqs) };
  const webhook = join(folder, 'webhook/webhook.mjs');
  const consumer = join(folder, 'consumer/consumer.mjs');

  const told = async (runner: string, ...args: string[]): Promise<number> => {
    const child = spawn(process.execPath, [warningless, join(import.meta.dirname, runner), ...args], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [cpu] = await once(child, 'message');
    await once(child, 'exit');
    return cpu;
  };
  const served = async (duration: number): Promise<{ cpu: number; load: Load }> => {
    const port = await freePort();
    const args = [warningless, join(import.meta.dirname, 'door-process.ts'), webhook, `${port}`];
    const child = await startListening(port, process.execPath, args, { env: { ...env, HOOK_TOKENS: TOKEN } });
    try {
      const { pid = 0 } = child;
      await load(port, request, next, duration);
      const before = await cpuOf(pid);
      const answered = await load(port, request, next, duration);
      return { cpu: ((await cpuOf(pid)) - before) / answered.sent, load: answered };
    } finally {
      await stop(child);
    }
  };

  let batched = 0;
  return async (events, duration) => {
    const door = await told('../door-process.mjs', webhook, `${events}`);
    const relay = await told('relay-process.mjs', consumer, `${events}`, `${batched}`);
    batched += 2 * events;
    const { cpu, load } = await served(duration);
    return { handlers: door + relay, served: cpu + relay, load };
  };
}

const warningless = '--disable-warning=ExperimentalWarning';
