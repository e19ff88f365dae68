// A cold start: from spawn to the first answer, against a handler that does nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../local/bundle.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { queueEnv, startSqs } from '../local/sqs-server.ts';
import { type Figure, interleave, type Size } from './figure.ts';
import { hookOf } from './load.ts';

const runner = join(import.meta.dirname, 'cold-process.mjs');

type Times = { readonly init: number; readonly answer: number };

export async function cold(size: Size): Promise<Figure[]> {
  const rounds = size === 'quick' ? 1 : 15;
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'));
  stack.defer(redis.stop);
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  await bundle(folder);
  await mkdir(join(folder, 'empty'));
  const empty = join(folder, 'empty/empty.mjs');
  await writeFile(empty, 'export const handler = async () => ({ statusCode: 200 });\n');

  const env = { HOOK_TOKENS: 't', REDIS_URL: redis.url, ...queueEnv(sqs) };
  let attempt = 0;
  const requests = {
    webhook: () => ({
      rawPath: '/hooks/webitel',
      requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
      headers: { 'x-api-key': 't' },
      body: hookOf('leaving', ++attempt),
      isBase64Encoded: false,
    }),
    consumer: () => ({
      Records: [
        {
          messageId: '1',
          attributes: { MessageGroupId: 'g' },
          body: JSON.stringify({
            ...JSON.parse(hookOf('joined', ++attempt)),
            event: 'joined',
            id: 'x',
            tenant: 'default',
            received_at: 0,
            variables: {},
          }),
        },
      ],
    }),
  };

  const figures: Figure[] = [];
  for (const name of ['webhook', 'consumer'] as const) {
    const file = join(folder, name, `${name}.mjs`);
    const [ours, theirs] = await interleave(
      rounds,
      () => start(file, requests[name](), env),
      () => start(empty, {}, env),
    );
    const figure = (measures: string, pick: (times: Times) => number): Figure => ({
      bench: 'cold',
      measures: `${name}: ${measures}`,
      unit: 'ms',
      ours: ours.map(pick),
      theirs: { what: 'empty handler', samples: theirs.map(pick) },
    });
    figures.push(
      figure('spawn to initialised', ({ init }) => init),
      figure('spawn to first answer', ({ answer }) => answer),
    );
  }
  return figures;
}

/** Spawns a process that imports the bundle and answers one request. */
async function start(file: string, request: object, env: NodeJS.ProcessEnv): Promise<Times> {
  const begun = performance.now();
  const child = spawn(process.execPath, [runner, file, JSON.stringify(request)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [init] = (await once(child, 'message').then(([state]) => [performance.now() - begun, state])) as [
    number,
  ];
  const [answered] = (await once(child, 'message')) as [{ good: boolean }];
  const answer = performance.now() - begun;
  await once(child, 'exit');
  if (!answered.good) throw new Error(`${file} did not answer well`);
  return { init, answer };
}
