// A cold start of the packaged functions under Lambda's runtime client, against a handler that does nothing.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle, functionNames } from '../local/bundle.ts';
import { queueEnv, startSqs } from '../local/sqs-server.ts';
import { zipFunctions } from '../local/zip.ts';
import { startRuntime, unpack } from '../test/lambda/runtime.ts';
import { coldByMemory } from './cold-by-memory.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { batchesOf, makeHook, makeRequest } from './load.ts';

import { startPlace } from './place.ts';

type Times = { readonly init: number; readonly answer: number };

export async function cold(size: Size): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const { folder, url } = await startPlace(stack);
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  const env = { HOOK_TOKENS: 't', REDIS_URL: url, ...queueEnv(sqs) };
  await unpackFunctions(folder);

  const rounds = size === 'quick' ? 1 : 11;
  const counts = size === 'full' && (await hasValgrind());
  const figures: Figure[] = [];
  // Nobody waits for the sweep.
  for (const name of ['webhook', 'consumer'] as const) {
    const [ours, theirs] = await interleave(
      rounds,
      async () => start(name, folder, env, await requests[name]()),
      () => start('empty', folder, env, {}),
    );
    const figure = (measures: string, pick: (times: Times) => number): Figure => ({
      bench: 'cold',
      measures: `${name}: ${measures}`,
      unit: 'ms',
      ours: ours.map(pick),
      theirs: { what: 'empty handler', samples: theirs.map(pick) },
    });
    figures.push(
      figure('spawn to first GET /next', ({ init }) => init),
      figure('spawn to first answer', ({ answer }) => answer),
    );
    if (!counts) continue;
    figures.push({
      bench: 'cold',
      measures: `${name}: instructions to first GET /next`,
      unit: 'million',
      ours: [await instructions(name, folder, env)],
      theirs: { what: 'empty handler', samples: [await instructions('empty', folder, env)] },
    });
  }
  return [...figures, ...(await coldByMemory(size, join(folder, 'task/webhook'), sqs))];
}

/** `<folder>/task/<name>` is what Lambda would unpack; `empty` answers and does nothing else. */
async function unpackFunctions(folder: string): Promise<void> {
  await bundle(folder);
  await zipFunctions(folder, {});
  for (const name of functionNames) await unpack(join(folder, `${name}.zip`), join(folder, 'task', name));
  await mkdir(join(folder, 'task/empty'));
  const empty = 'export const handler = async () => ({ statusCode: 202 });\n';
  await writeFile(join(folder, 'task/empty/empty.mjs'), empty);
}

let attempt = 0;
const requests = {
  webhook: async () => makeRequest(makeHook('leaving', ++attempt), 't'),
  consumer: async () => {
    const [batch = {}] = await batchesOf(['joined'], ++attempt, 1);
    return batch;
  },
};

type Answer = { readonly statusCode?: number; readonly batchItemFailures?: readonly unknown[] };

/** As Lambda does it: the invocation that starts the sandbox is there before it. */
async function start(name: string, folder: string, env: NodeJS.ProcessEnv, request: object): Promise<Times> {
  const begun = performance.now();
  await using runtime = await startRuntime(name, join(folder, 'task', name), env);
  const answered = runtime.invoke(request);
  await runtime.initialised;
  const init = performance.now() - begun;
  const { statusCode = 202, batchItemFailures = [] } = (await answered) as Answer;
  if (statusCode !== 202 || batchItemFailures.length > 0) throw new Error(`${name} did not answer well`);
  return { init, answer: performance.now() - begun };
}

const hasValgrind = async () =>
  (await promisify(execFile)('valgrind', ['--version']).catch(() => undefined)) !== undefined;

/** Millions of instructions until it asks for its first invocation: a busy machine hardly changes them. */
async function instructions(name: string, folder: string, env: NodeJS.ProcessEnv): Promise<number> {
  const valgrind = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
  const runtime = await startRuntime(name, join(folder, 'task', name), env, valgrind);
  await runtime.initialised;
  runtime.stop();
  await runtime.exited;
  const counted = /Collected : (\d+)/.exec(runtime.printed())?.[1];
  if (counted === undefined) throw new Error('valgrind counted nothing');
  return Number(counted) / 1_000_000;
}
