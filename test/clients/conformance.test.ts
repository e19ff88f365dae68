// Both clients keep the protocol of docs/worker.md, each with the other: the steps and the keys of conformance.json.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import {
  cdr,
  endProgram,
  grantWorker,
  type Language,
  LIST,
  languages,
  type Program,
  skipped,
  startProgram,
  stopProgram,
  workerRights,
} from '../../chaos/clients/programs.ts';
import { startRedis } from '../../local/redis-server.ts';
import { fileText, startTestRedis, until } from '../support/stack.ts';
import { startCluster } from './cluster.ts';

type Who = 'first' | 'second';
type Step = {
  readonly push?: readonly string[];
  readonly pushText?: readonly string[];
  /** bytes, in Base64 */
  readonly pushBytes?: readonly string[];
  /** counted as tried once before */
  readonly tried?: readonly string[];
  /** what a plain worker takes */
  readonly pop?: readonly string[];
  readonly start?: Who;
  readonly mode?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** lets the handler that waits finish; with `stop`, after that */
  readonly go?: Who | true;
  readonly kill?: Who;
  readonly signal?: NodeJS.Signals;
  readonly stop?: Who;
  /** ended and started again; or frozen until every worker notices */
  readonly restart?: 'redis' | 'frozen';
  /** pushed as by a command whose answer got lost */
  readonly slip?: readonly string[];
  readonly into?: Who;
  readonly full?: boolean;
  /** waited for; only what is named is compared */
  readonly expect?: Readonly<Record<string, unknown>>;
};
type Case = { readonly fact: string; readonly steps: readonly Step[] };

const cases: readonly Case[] = JSON.parse(await fileText('test/clients/conformance.json'));
/** Long enough for a machine that is busy: a lease that ends by itself would be another story. */
const LEASE = 4_000;

const pairs: readonly Record<Who, Language>[] =
  languages.length === 1
    ? [{ first: 'node', second: 'node' }]
    : [
        { first: 'node', second: 'python' },
        { first: 'python', second: 'node' },
      ];

type Place = {
  readonly client: Redis;
  /** of the user with the least rights */
  readonly url: string;
  readonly cluster: boolean;
  readonly restart?: () => Promise<void>;
  readonly pid?: number;
};

for (const pair of pairs) {
  describe(`a worker of the ${pair.first} client, then of the ${pair.second} client${skipped}`, {
    concurrency: 4,
  }, () => {
    for (const { fact, steps } of cases) {
      it(fact, async () => {
        await using redis = await startTestRedis();
        const url = await grantWorker(redis.client, redis.server.url);
        const { server, client, folder } = redis;
        await using restarted = new AsyncDisposableStack();
        const restart = async () => {
          await server.stop();
          const again = restarted.use(await startAgain(server.url, folder));
          assert.ok(again);
          await until('Redis', () => client.ping().catch(() => false));
          await grantWorker(client, server.url);
        };
        await play(steps, pair, { client, url, cluster: false, restart, pid: server.pid });
      });
    }
  });
}

describe(`the rights of docs/worker.md${skipped}`, () => {
  it('are all used', { skip: languages.length === 1 }, async () => {
    await using redis = await startTestRedis();
    const url = await grantWorker(redis.client, redis.server.url);
    for (const pair of pairs) {
      for (const { steps } of cases.filter(({ fact }) =>
        /dead list, with|killed worker|when it is stopped/.test(fact),
      )) {
        await redis.client.del(...(await redis.client.keys('*')), LIST);
        await play(steps, pair, { client: redis.client, url, cluster: false });
      }
    }
    const called = await commandsOf(redis.client);
    assert.deepEqual(
      workerRights.filter((command) => !called.has(command)),
      [],
    );
  });
});

const commandsOf = async (client: Redis) =>
  new Set(
    [...(await client.info('commandstats')).matchAll(/^cmdstat_(\w+):calls=/gm)].map(([, name]) => name),
  );

describe('on a cluster', () => {
  const stack = new AsyncDisposableStack();
  let place: Place;

  before(async () => {
    const nodes = await startCluster(stack);
    const urls = await Promise.all(nodes.map(({ client, url }) => grantWorker(client, url, true)));
    const slot = Number(await nodes[0]?.client.cluster('KEYSLOT', LIST));
    const home = nodes[Math.floor((slot * 3) / 16384)];
    // The seed is another node than that of the list.
    const seed = urls.find((_, index) => nodes[index] !== home);
    assert.ok(home !== undefined && seed !== undefined);
    place = { client: home.client, url: seed, cluster: true };
  });
  after(() => stack.disposeAsync());

  for (const pair of pairs) {
    for (const { fact, steps } of cases.filter(({ fact }) => /killed worker|batch/.test(fact))) {
      it(`a worker of the ${pair.first} client ${fact}`, async () => {
        await place.client.flushall();
        await play(steps, pair, place);
      });
    }
  }
});

async function startAgain(url: string, folder: string) {
  const server = await startRedis(Number(new URL(url).port), folder);
  return { [Symbol.asyncDispose]: server.stop };
}

async function play(steps: readonly Step[], pair: Record<Who, Language>, place: Place): Promise<void> {
  const programs = new Map<Who, Program>();
  try {
    for (const step of steps) await act(step, pair, place, programs);
  } finally {
    await Promise.all([...programs.values()].map(endProgram));
  }
}

async function act(
  step: Step,
  pair: Record<Who, Language>,
  { client, url, cluster, restart, pid }: Place,
  programs: Map<Who, Program>,
): Promise<void> {
  const program = (who: Who) => {
    const found = programs.get(who);
    assert.ok(found, who);
    return found;
  };
  const { start, mode = 'ok', options, stop, kill, signal, go, pop, full, expect } = step;
  for (const text of [...(step.push ?? []).map(cdr), ...(step.pushText ?? [])])
    await client.lpush(LIST, text);
  for (const bytes of step.pushBytes ?? []) await client.lpush(LIST, Buffer.from(bytes, 'base64'));
  for (const id of step.tried ?? []) await client.hset(`{${LIST}}:tries`, digest(cdr(id)), 1);
  if (start !== undefined) {
    const setup = { url, cluster, mode, options: { leaseMs: LEASE, ...options } };
    programs.set(start, startProgram(pair[start], setup));
    await until(`the start of ${start}`, () => program(start).name() ?? failed(program(start)));
  }
  if (kill !== undefined) program(kill).child.kill(signal);
  if (stop !== undefined) {
    const stopping = stopProgram(program(stop));
    if (go === true) {
      // Or it would take another one before it hears of the end.
      await until('the signal', () => program(stop).lines.some(({ event }) => event === 'stopping'));
      program(stop).child.stdin?.write('go\n');
    }
    await stopping;
  } else if (typeof go === 'string') program(go).child.stdin?.write('go\n');
  for (const id of pop ?? []) assert.equal((await client.brpop(LIST, 0))?.[1], cdr(id));
  if (step.restart === 'redis') await restart?.();
  if (step.restart === 'frozen' && pid !== undefined) await freeze(pid, programs);
  for (const id of step.slip ?? []) await client.lpush(nameHeld(program(step.into ?? 'first')), cdr(id));
  if (full !== undefined) await client.config('SET', 'maxmemory', full ? '1' : '0');
  if (expect !== undefined) await meet(expect, client, programs);
}

async function freeze(pid: number, programs: ReadonlyMap<Who, Program>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await until('trouble', () =>
      [...programs.values()].every(({ lines }) => lines.some(({ type }) => type === 'trouble')),
    );
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

const nameHeld = (program: Program) => `{${LIST}}:processing:${program.name()}`;

const failed = ({ child, errors }: Program) => {
  if (child.exitCode !== null) throw new Error(errors());
  return undefined;
};

/** Waits until the keys and the programs are as expected; the last difference is the failure. */
async function meet(expected: object, client: Redis, programs: ReadonlyMap<Who, Program>): Promise<void> {
  let difference: unknown;
  try {
    await until('what is expected', async () => {
      try {
        assert.deepEqual(narrow(await look(client, programs), expected), expected);
        return true;
      } catch (error) {
        difference = error;
        return false;
      }
    });
  } catch {
    const errors = [...programs].map(
      ([who, { errors, lines }]) => `${who}: ${errors()} ${JSON.stringify(lines.slice(-5))}`,
    );
    throw new Error(`${difference instanceof Error ? difference.message : difference}\n${errors.join('\n')}`);
  }
}

/** The part of a state that is expected. */
const narrow = (state: unknown, expected: unknown): unknown => {
  if (!isRecord(state) || !isRecord(expected)) {
    return Array.isArray(state) && Array.isArray(expected) && state.length === expected.length
      ? state.map((item, index) => narrow(item, expected[index]))
      : state;
  }
  return Object.fromEntries(Object.keys(expected).map((key) => [key, narrow(state[key], expected[key])]));
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const digest = (text: string) => createHash('sha1').update(text).digest('hex');

/** What is no CDR is its own id. */
const idOf = (text: string): string => /"id":"([^"]+)"/.exec(text)?.[1] ?? text;

/** All that the protocol keeps, by the names of the programs and the ids of the entries. */
async function look(client: Redis, programs: ReadonlyMap<Who, Program>) {
  const prefix = `{${LIST}}`;
  const each = <T>(read: (program: Program) => T) =>
    Object.fromEntries([...programs].map(([who, program]) => [who, read(program)]));
  const held = [...programs].map(async ([who, program]) => {
    const texts = await client.lrange(nameHeld(program), 0, -1);
    return [who, texts.map(idOf)] as const;
  });
  const leases = await client.zrange(`${prefix}:leases`, '0', '-1');
  const ids = new Map([...'abcd', 'bad'].map((id) => [digest(cdr(id)), id]));
  const tries = Object.entries(await client.hgetall(`${prefix}:tries`));
  return {
    list: (await client.lrange(LIST, 0, -1)).map(idOf),
    held: Object.fromEntries(await Promise.all(held)),
    dead: (await client.lrange(`${prefix}:dead`, 0, -1)).map((text) => JSON.parse(text)),
    leases: [...programs].filter(([, program]) => leases.includes(program.name() ?? '')).map(([who]) => who),
    tries: tries.map(([digest, count]) => [ids.get(digest) ?? digest, Number(count)]).sort(),
    begun: each((program) => program.ids('begun')),
    done: each((program) => program.ids('done')),
    counters: each((program) => program.counters()),
  };
}
