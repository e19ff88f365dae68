// Hookline against a bridge on BullMQ, whose queue lies in the very Redis that it publishes on: CPU of an event, answers.
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bundle } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { root } from '../local/settings.ts';
import { queueEnv, startSqs } from '../local/sqs-server.ts';
import { measureCpu, runChild, startListening, stop } from './child.ts';
import { type Figure, interleave, percentile, type Size } from './figure.ts';
import { poster, repeat } from './load.ts';
import { startPlace } from './place.ts';

/** The version. */
export const BULLMQ = '6.7.0';
const PACKAGES = { bullmq: BULLMQ, ioredis: '6.0.0' };
const TOKEN = 'bench-token';
const CONNECTIONS = 10;
/** Milliseconds for an answer, and for the last CDR of a lap. */
const PATIENCE = 120_000;

/** Microseconds of CPU for an event, and milliseconds that 99 of 100 answers don't exceed. */
type Lap = { readonly cpu: number; readonly p99: number };

export async function peers(size: Size): Promise<Figure[]> {
  const [rounds, events, duration] = size === 'quick' ? [1, 50, 200] : [4, 10_000, 1_200];
  const installed = await installBullmq();
  await using stack = new AsyncDisposableStack();
  const ourLap = await prepareHookline(stack, events, duration);
  const theirLap = await prepareBullmq(stack, installed, duration);
  const [ours, theirs] = await interleave(rounds, ourLap, theirLap);
  const figure = (measures: string, unit: string, pick: (lap: Lap) => number): Figure => ({
    bench: 'peers',
    measures,
    unit,
    ours: ours.map(pick),
    theirs: { what: `BullMQ ${BULLMQ}`, samples: theirs.map(pick) },
  });
  return [
    figure('CPU of an event, both behind node:http', 'µs', ({ cpu }) => cpu),
    figure(`answer, ${CONNECTIONS} connections, p99`, 'ms', ({ p99 }) => p99),
  ];
}

/** Installs the exact versions under .local/, unless they are there, and answers the folder. */
export async function installBullmq(): Promise<string> {
  const folder = join(root, '.local/peers/bullmq');
  const versions = Object.entries(PACKAGES);
  const there = versions.map(([name, version]) =>
    readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8').then(
      (manifest) => JSON.parse(manifest).version === version,
      () => false,
    ),
  );
  if ((await Promise.all(there)).every(Boolean)) return folder;
  await mkdir(folder, { recursive: true });
  const options = ['--no-save', '--ignore-scripts', '--loglevel=error', '--prefix', folder];
  const exact = versions.map(([name, version]) => `${name}@${version}`);
  await promisify(execFile)('npm', ['install', ...options, ...exact], { cwd: folder });
  return folder;
}

/** The packaged webhook behind node:http, as a peer stands, and the consumer; the queue's CPU is not counted. */
async function prepareHookline(
  stack: AsyncDisposableStack,
  events: number,
  duration: number,
): Promise<() => Promise<Lap>> {
  const { folder, url } = await startPlace(stack);
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  await bundle(folder);
  const env = { HOOK_TOKENS: TOKEN, REDIS_URL: url, ...queueEnv(sqs) };
  const nameFile = (name: string) => join(folder, name, `${name}.mjs`);
  const lap = await prepare(stack, ['handler-process.ts', 'serve', nameFile('webhook')], env, duration);
  return async () => {
    const args = ['consumer', nameFile('consumer'), `${events}`];
    const consumer = await runChild<number>('handler-process.ts', args, env);
    const { cpu, p99 } = await lap(async () => undefined);
    return { cpu: cpu + consumer, p99 };
  };
}

/** A lap ends when all its CDRs are in the list. */
async function prepareBullmq(
  stack: AsyncDisposableStack,
  installed: string,
  duration: number,
): Promise<() => Promise<Lap>> {
  const { url, client } = await startPlace(stack);
  const env = { NODE_ENV: 'production', INSTALLED: installed, REDIS_URL: url, TOKEN };
  const lap = await prepare(stack, ['bullmq-bridge.mjs'], env, duration);
  let total = 0;
  return () =>
    lap(async (sent) => {
      total += sent;
      const end = performance.now() + PATIENCE;
      while ((await client.llen('enigma:notifications:campaigns')) < total) {
        if (performance.now() > end) throw new Error('BullMQ has not pushed all that it accepted');
        await setTimeout(20);
      }
    });
}

let attempt = 0;

/** Starts a server, whose last argument is its port, and answers what runs a lap. */
async function prepare(
  stack: AsyncDisposableStack,
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  duration: number,
): Promise<(settle: (sent: number) => Promise<void>) => Promise<Lap>> {
  const port = await freePort();
  const child = await startListening(port, [join(import.meta.dirname, file), ...args, `${port}`], { env });
  stack.defer(() => stop(child));
  const { pid = 0 } = child;
  return async (settle) => {
    // Connections of its own: one of the last lap may be closed just when it is used again.
    const post = poster(`http://127.0.0.1:${port}`, TOKEN, PATIENCE);
    const before = await measureCpu(pid);
    const end = performance.now() + duration;
    const more = () => performance.now() < end;
    const answers = await repeat(CONNECTIONS, more, () => post('leaving', ++attempt));
    const refused = answers.find(({ status }) => status !== 202);
    if (refused !== undefined) throw new Error(`${file} answered ${refused.status}`);
    await settle(answers.length);
    const delays = answers.map(({ took }) => took);
    return { cpu: ((await measureCpu(pid)) - before) / answers.length, p99: percentile(delays, 99) };
  };
}
