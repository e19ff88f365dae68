// Workers of both clients are killed and frozen at random, and Redis with them: no CDR is lost, and each that is handled
// twice has its reason.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Redis } from 'ioredis';
import { startRedis } from '../../local/redis-server.ts';
import { startTestRedis, until } from '../support/stack.ts';
import {
  cdr,
  endProgram,
  grantWorker,
  LIST,
  languages,
  type Program,
  startProgram,
  stopProgram,
} from './programs.ts';

const CDRS = 3_000;
const ROUNDS = 10;
const WORKERS = 4;
const SEED = 20_261_123;
const PREFIX = `{${LIST}}`;

/** What happens in each round; the worker that it happens to is chosen at random. */
const blows = ['kill', 'freeze', 'kill', 'stop', 'freeze', 'redis'] as const;

describe('workers of both clients, killed and frozen at random', () => {
  it(`lose none of ${CDRS} CDRs, and handle twice only what was not acknowledged (seed ${SEED})`, async (t) => {
    await using redis = await startTestRedis();
    await using restarts = new AsyncDisposableStack();
    const { client, server, folder } = redis;
    const url = await grantWorker(client, server.url);
    const random = randomFrom(SEED);
    const choose = <T>(from: readonly T[]): T => {
      const chosen = from[Math.floor(random() * from.length)];
      assert.ok(chosen !== undefined);
      return chosen;
    };
    const all: Program[] = [];
    const dead = new Set<Program>();
    let alive: Program[] = [];
    let { pid } = server;

    const begin = async () => {
      const language = languages[all.length % languages.length] ?? 'node';
      const options = {
        leaseMs: 1_500,
        concurrency: 1 + Math.floor(random() * 4),
        ...(random() < 0.5 && { batch: 5 }),
      };
      const program = startProgram(language, { url, cluster: false, mode: 'slow', options });
      all.push(program);
      alive.push(program);
      await until('the start of a worker', () => {
        assert.equal(program.child.exitCode, null, program.errors());
        return program.name();
      });
    };
    const leaveOut = (program: Program) => {
      alive = alive.filter((other) => other !== program);
      return program;
    };
    const strike = {
      kill: async () => {
        const program = leaveOut(choose(alive));
        dead.add(program);
        await endProgram(program);
        await begin();
      },
      freeze: async () => {
        const program = choose(alive);
        program.child.kill('SIGSTOP');
        await until('its entries given back', () => isReleased(client, program));
        program.child.kill('SIGCONT');
      },
      stop: async () => {
        await stopProgram(leaveOut(choose(alive)));
        await begin();
      },
      redis: async () => {
        process.kill(pid, 'SIGKILL');
        const again = await startRedis(Number(new URL(server.url).port), folder);
        restarts.defer(again.stop);
        ({ pid } = again);
        await until('Redis', () => client.ping().catch(() => false));
        await grantWorker(client, server.url);
      },
    };

    try {
      for (let count = 0; count < WORKERS; count++) await begin();
      const counts = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const from = (round * CDRS) / ROUNDS;
        await client.lpush(
          LIST,
          ...Array.from({ length: CDRS / ROUNDS }, (_, index) => cdr(`${from + index}`)),
        );
        const enough = from + (random() * CDRS) / ROUNDS;
        await until(
          'some work',
          () => all.reduce((sum, program) => sum + program.ids('done').length, 0) > enough,
        );
        const blow = blows[round % blows.length] ?? 'kill';
        counts.set(blow, (counts.get(blow) ?? 0) + 1);
        await strike[blow]();
      }
      await until('the end', () => isDone(client));
      await Promise.all(alive.map(stopProgram));

      const ledger = all.flatMap((program) => entriesOf(program, dead.has(program)));
      const ids = Map.groupBy(ledger, ({ id }) => id);
      let twice = 0;
      for (let id = 0; id < CDRS; id++) {
        const handlings = ids.get(`${id}`) ?? [];
        assert.ok(handlings.length > 0, `CDR ${id} is lost`);
        const acknowledged = handlings.filter(({ end }) => end === 'handled').length;
        assert.ok(acknowledged <= 1, `CDR ${id} was acknowledged ${acknowledged} times`);
        assert.ok(!handlings.some(({ end }) => end === 'none'), `CDR ${id} was handled and forgotten`);
        if (handlings.length > 1) twice += 1;
      }
      assert.equal(ids.size, CDRS);
      const told = [...counts].map(([blow, count]) => `${blow} ${count}`).join(', ');
      t.diagnostic(`${CDRS} CDRs, ${all.length} workers (${told}): lost 0, handled twice ${twice}`);
    } finally {
      await Promise.all(all.map(endProgram));
    }
  });
});

type Handling = { readonly id: string; readonly end: 'handled' | 'twice' | 'died' | 'none' };

/** What a worker's handler was done with, and how that ended: acknowledged, given back before, or the worker died. */
function entriesOf({ ids, lines }: Program, died: boolean): Handling[] {
  const ends = lines.filter(({ type }) => type === 'handled' || type === 'twice');
  return ids('done').map((id) => {
    const at = ends.findIndex((end) => end.id === id);
    const [end] = at === -1 ? [] : ends.splice(at, 1);
    return { id, end: end?.type === 'handled' ? 'handled' : end ? 'twice' : died ? 'died' : 'none' };
  });
}

/** Has what it held been given back, and does nobody look after it any more as alive? */
const isReleased = async (client: Redis, program: Program) => {
  const [seconds = '0'] = await client.time();
  const lease = Number(await client.zscore(`${PREFIX}:leases`, program.name() ?? ''));
  return (
    lease < Number(seconds) * 1_000 && (await client.llen(`${PREFIX}:processing:${program.name()}`)) === 0
  );
};

const isDone = async (client: Redis) => {
  const processing = await client.keys(`${PREFIX}:processing:*`);
  return processing.length === 0 && (await client.llen(LIST)) === 0;
};

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
