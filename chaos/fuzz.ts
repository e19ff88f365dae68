// Fuzz of the door: broken bodies over real HTTP; each is accepted, or refused and kept as it was delivered.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { startBridge } from '../local/bridge.ts';
import { freePort } from '../local/free-port.ts';
import { startRedis } from '../local/redis-server.ts';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';
import { sqsClient } from '../local/sqs-client.ts';
import { createRandom, type Random } from '../simulation/random.ts';

export type FuzzReport = {
  readonly seed: number;
  readonly bodies: number;
  /** how often each status was answered */
  readonly statuses: Readonly<Record<string, number>>;
  /** refusals that are not in quarantine, or not as they were delivered */
  readonly unkept: number;
  /** megabytes that the process holds, at a quarter of the run and at its end */
  readonly memory: readonly [early: number, late: number];
};

const CALLERS = 16;
const TYPES = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
];
const PATHS = [
  '/hooks/webitel',
  '/hooks/webitel/leaving',
  '/hooks/webitel/Bridged',
  '/hooks/webitel/agent_status',
  '/hooks/webitel/wait_agent',
];

/** Posts so many bodies. @param progress hears a line now and then */
export async function fuzz(
  bodies: number,
  seed: number,
  progress: (line: string) => void,
): Promise<FuzzReport> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const redis = await startRedis(await freePort(), join(folder, 'redis'));
  stack.defer(redis.stop);
  const bridge = await startBridge({
    port: 0,
    buildFolder: folder,
    quiet: true,
    env: { HOOK_TOKENS: 'fuzz', REDIS_URL: redis.url },
  });
  stack.defer(bridge.stop);
  const queue = sqsClient(bridge.sqs);
  stack.defer(async () => queue.destroy());

  const examples = await Promise.all(
    (await readdir(join(root, 'events/webitel'))).map((file) => readFile(join(root, 'events/webitel', file))),
  );
  const statuses: Record<string, number> = {};
  /** The refusals that are still to be found in quarantine, with what was sent. */
  const promised = new Map<string, Buffer>();
  const memory: number[] = [];
  let unkept = 0;
  let posted = 0;

  const caller = async (random: Random) => {
    while (posted < bodies) {
      posted++;
      if (posted === Math.floor(bodies / 4)) memory.push(held());
      if (posted % 20_000 === 0) progress(`${posted} of ${bodies} bodies`);
      const body = mutant(random, random.pick(examples));
      const type = random.pick(TYPES);
      const headers = { 'x-api-key': 'fuzz', 'content-type': type };
      const answer = await fetch(`${bridge.url}${random.pick(PATHS)}`, { method: 'POST', body, headers });
      const told = (await answer.json()) as { quarantined?: string };
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status === 413 || answer.status < 300) continue;
      if (told.quarantined === undefined) unkept++;
      else promised.set(told.quarantined, body);
      if (promised.size > 500) await collect();
    }
  };
  const collect = async (wait = 0) => {
    const { Messages = [] } = await queue.send(
      new ReceiveMessageCommand({
        QueueUrl: bridge.sqs.queues.quarantine,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 3,
        WaitTimeSeconds: wait,
      }),
    );
    for (const { Body = '' } of Messages) {
      const { id, body } = JSON.parse(Body) as { id: string; body: string };
      const delivered = promised.get(id);
      // One that is not promised yet belongs to an answer under way.
      if (delivered === undefined) continue;
      if (!delivered.equals(Buffer.from(body, 'base64'))) unkept++;
      promised.delete(id);
    }
    const Entries = Messages.map(({ ReceiptHandle = '', Body = '' }, index) => ({
      Id: `${index}`,
      ReceiptHandle,
      known: !promised.has(JSON.parse(Body).id),
    }))
      .filter(({ known }) => known)
      .map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
    if (Entries.length > 0)
      await queue.send(new DeleteMessageBatchCommand({ QueueUrl: bridge.sqs.queues.quarantine, Entries }));
    return Messages.length;
  };
  await Promise.all(
    Array.from({ length: CALLERS }, (_, index) => caller(createRandom(seed * 1_000 + index))),
  );
  while (promised.size > 0 && (await collect(10)) > 0);
  memory.push(held());
  const [early = 0, late = 0] = memory;
  return { seed, bodies: posted, statuses, unkept: unkept + promised.size, memory: [early, late] };
}

const held = () => Math.round(process.memoryUsage().rss / 2 ** 20);

type Mutation = (random: Random, body: Buffer) => Buffer;

/** One to three mutations of a real payload. */
function mutant(random: Random, example: Buffer): Buffer<ArrayBuffer> {
  let body = example;
  for (let times = 1 + random.below(3); times > 0; times--) body = random.pick(mutations)(random, body);
  return Buffer.from(body);
}

const onText =
  (change: (random: Random, text: string) => string): Mutation =>
  (random, body) =>
    Buffer.from(change(random, body.toString()));

const odd = [
  '',
  '-',
  '0x10',
  '1e400',
  '9223372036854775808',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '"\\ud800"',
  '"\u{1f600}\uffff"',
  '\u0000',
  '{"__proto__":1}',
];

const mutations: readonly Mutation[] = [
  (_random, body) => body,
  (random, body) => body.subarray(random.below(body.length + 1)),
  (random, body) => body.subarray(0, random.below(body.length + 1)),
  (random, body) => {
    const changed = Buffer.from(body);
    for (let times = random.below(8); times > 0 && changed.length > 0; times--)
      changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  (random, body) => {
    const [from, to] = [random.below(body.length + 1), random.below(body.length + 1)];
    return Buffer.concat([body.subarray(0, to), body.subarray(from), body.subarray(to)]);
  },
  (random) => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
  // A text template whose variable has no value, or whose value is not escaped.
  onText((random, text) =>
    text.replace(/"[^"]*"(,?)$/gm, (whole, comma: string) => (random.chance(0.1) ? comma : whole)),
  ),
  onText((random, text) => text.replace(/: "/, `: "${random.pick(['"', '\\', '\n', '$'])}`)),
  onText((random, text) =>
    text.replace(/: ("[^"]*")/g, (whole) => (random.chance(0.1) ? `: ${random.pick(odd)}` : whole)),
  ),
  onText((random, text) =>
    text.replace(/"(\w+)":/g, (whole) =>
      random.chance(0.05) ? `"${random.pick(['__proto__', 'constructor', '', 'event', 'state'])}":` : whole,
    ),
  ),
  onText((random, text) => `{"deep":${'['.repeat(random.below(3_000))}${text}`),
  onText(
    (random, text) =>
      `{${Array.from({ length: random.below(3_000) }, (_, key) => `"k${key}":${key}`).join(',')},${text.slice(1)}`,
  ),
  onText((_random, text) => {
    try {
      return new URLSearchParams(JSON.parse(text)).toString();
    } catch {
      return text.replace(/[{}"]/g, '').replace(/:/g, '=');
    }
  }),
  (random, body) => (random.chance(0.01) ? Buffer.concat([body, Buffer.alloc(300 * 1024, 'x')]) : body),
];
