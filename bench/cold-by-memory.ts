// The packaged webhook with the CPU of each memory size, and TLS to its queue: the first answer, and the warm ones.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { root } from '../local/settings.ts';
import { queueEnv, type SqsServer } from '../local/sqs-server.ts';
import { startRuntime } from '../test/lambda/runtime.ts';
import { openQuota, type Quota } from './cpu-quota.ts';
import { type Figure, percentile, type Size } from './figure.ts';
import { makeHook, makeRequest } from './load.ts';

const SIZES = [256, 512, 1_024, 1_769] as const;
/** Hooks that don't count, before those that do; and between two, milliseconds. */
const WARM_UP = 10;
const PAUSE = 25;
const certificate = join(root, 'test/tls/cert.pem');

type Times = { readonly first: number; readonly warm: readonly number[] };

/**
 * In turn for each size, so that other work on the machine hits all of them. No figure where the machine gives no quotas.
 * @param task where its zip is unpacked
 */
export async function coldByMemory(size: Size, task: string, sqs: SqsServer): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  // A slow machine has no time for the smallest ones.
  const sizes = size === 'quick' ? SIZES.slice(-2) : SIZES;
  const quotas = new Map<number, Quota>();
  for (const megabytes of sizes) {
    const quota = await openQuota(megabytes).catch((error: Error) => error);
    if (quota instanceof Error) {
      console.log(`cold: no CPU quotas on this machine, so nothing by memory: ${quota.message}`);
      return [];
    }
    stack.defer(quota.remove);
    quotas.set(megabytes, quota);
  }
  const { port, stop } = await startTls(Number(new URL(sqs.endpoint).port));
  stack.defer(stop);
  const env = Object.fromEntries(
    Object.entries(queueEnv(sqs)).map(([name, value]) => [
      name,
      value.replace(/^http:\/\/127\.0\.0\.1:\d+/, `https://localhost:${port}`),
    ]),
  );
  const [rounds, hooks] = size === 'quick' ? [1, 5] : [5, 40];
  const all = new Map<number, Times[]>(sizes.map((megabytes) => [megabytes, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [megabytes, { under }] of quotas)
      all
        .get(megabytes)
        ?.push(
          await start(task, { ...env, HOOK_TOKENS: 't', NODE_EXTRA_CA_CERTS: certificate }, under, hooks),
        );
  }
  const measured = (measures: string, pick: (times: Times) => number): Figure[] => {
    const [most = [], ...rest] = sizes.toReversed().map((megabytes) => (all.get(megabytes) ?? []).map(pick));
    const figure = (index: number, ours: readonly number[]): Figure => ({
      bench: 'cold',
      measures: `webhook, ${sizes.at(-1 - index)} MB, TLS: ${measures}`,
      unit: 'ms',
      ours,
      ...(index > 0 && { theirs: { what: `${sizes.at(-1)} MB`, samples: most } }),
    });
    return [most, ...rest].map((ours, index) => figure(index, ours)).reverse();
  };
  return [
    ...measured('spawn to first answer', ({ first }) => first),
    ...measured('warm answer, p50', ({ warm }) => percentile(warm, 50)),
    ...measured('warm answer, p99', ({ warm }) => percentile(warm, 99)),
  ];
}

let attempt = 0;
const request = () => makeRequest(makeHook('leaving', ++attempt), 't');

/** The first answer of a sandbox, and after some that don't count the warm ones, apart by more than a quota's period. */
async function start(
  task: string,
  env: NodeJS.ProcessEnv,
  under: readonly string[],
  hooks: number,
): Promise<Times> {
  const begun = performance.now();
  await using runtime = await startRuntime('webhook', task, env, under);
  const answer = async () => {
    const asked = performance.now();
    const { statusCode } = Object(await runtime.invoke(request()));
    if (statusCode !== 202) throw new Error(`the webhook answered ${statusCode}`);
    return performance.now() - asked;
  };
  await answer();
  const first = performance.now() - begun;
  const warm: number[] = [];
  for (let hook = 0; hook < hooks + WARM_UP; hook++) {
    await setTimeout(PAUSE);
    warm.push(await answer());
  }
  return { first, warm: warm.slice(WARM_UP) };
}

/** Takes TLS off, and passes on to a port of loopback. */
async function startTls(to: number) {
  const key = await readFile(join(root, 'test/tls/key.pem'));
  const server = createServer({ key, cert: await readFile(certificate) }, (near) => {
    const far = connect(to, '127.0.0.1');
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
