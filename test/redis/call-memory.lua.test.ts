// What a CDR tells of its call, on a real Redis, against the same figures from all hooks at once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { computeFigures } from '../../chaos/call-figures.ts';
import type { CallHook } from '../../lib/publish/call.ts';
import type { Publication, Publish } from '../../lib/publish/publication.ts';
import { nameCall, nameOpenCalls } from '../../lib/redis/keys.ts';
import { entry, eventMessage, LIST, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const T = 1_782_900_000_000;
const DAY = 24 * 3600;
let attempts = 0;
let ids = 0;

const newHook = (event: CallHook['event'], seconds: number, more: Partial<CallHook> = {}): CallHook => ({
  id: `h${++ids}`,
  event,
  at: T + seconds * 1000,
  ...more,
});

/** What is published of a hook of a call. A leaving has a CDR, which lacks what the hook doesn't tell. */
function publicationOf(attempt: number, hook: CallHook, bill?: number): Publication {
  const lacking = {
    ...(hook.joined_at === undefined && { dialed_at: null }),
    ...(bill === undefined && { call_time: hook.bridged_at === undefined ? 0 : null }),
  };
  const cdr = { ...entry(attempt), message: '{"payload":{"id":"x"}}', lacking };
  const event = eventMessage(hook.id);
  return {
    ...publication(`${attempt}`, ...(hook.event === 'leaving' ? [cdr, event] : [event])),
    call: {
      scope: ['default'],
      attempt_id: `${attempt}`,
      name: JSON.stringify(['default', `${attempt}`]),
      hook,
    },
  };
}

describe('a call that is remembered', () => {
  let redis: Awaited<ReturnType<typeof startTestRedis>>;
  let publish: Publish;
  before(async () => {
    redis = await startTestRedis();
    publish = publisherAt(redis.server.url);
  });
  after(() => redis[Symbol.asyncDispose]());

  const keyOf = (attempt: number) => nameCall(LIST, JSON.stringify(['default', `${attempt}`]));
  const say = async (...publications: Publication[]) => {
    const outcomes = await publish(publications);
    assert.deepEqual(
      outcomes,
      publications.map(() => undefined),
    );
  };
  /** Publishes the hooks one by one, or in batches, and answers what the CDR has beside the leaving's own. */
  const tell = async (hooks: readonly CallHook[], bill?: number, batch = 1): Promise<object> => {
    const attempt = ++attempts;
    const own = hooks.map((hook) => ({ ...hook, id: `${attempt} ${hook.id}` }));
    const publications = own.map((hook) => publicationOf(attempt, hook, bill));
    for (let from = 0; from < hooks.length; from += batch)
      await say(...publications.slice(from, from + batch));
    const { id: _, ...told } = JSON.parse((await redis.client.lpop(LIST)) ?? '').payload;
    return told;
  };

  it('completes its CDR: waiting, talking, wrapping up, agents, transfers', async () => {
    const [ann, bob] = [{ agent_id: '101' }, { agent_id: '102' }];
    const told = await tell([
      newHook('joined', 0, { joined_at: T - 500 }),
      newHook('offering', 8, ann),
      newHook('missed', 28, ann),
      newHook('offering', 29, bob),
      newHook('bridged', 34.7, bob),
      newHook('processing', 214.9, bob),
      newHook('leaving', 241.3, { ...bob, bridged_at: T + 34_700, joined_at: T - 500 }),
    ]);
    assert.deepEqual(told, {
      wait_seconds: 35.2,
      talk_seconds: 180.2,
      wrap_up_seconds: 26.4,
      transfers: 0,
      offered_at: T + 8_000,
      agents_offered: [
        { agent_id: '101', at: T + 8_000 },
        { agent_id: '102', at: T + 29_000 },
      ],
      agents_missed: [{ agent_id: '101', at: T + 28_000 }],
      call_time: 180,
    });
  });

  it('gives what the leaving lacks, and leaves alone what it has', async () => {
    const before = [newHook('joined', 0), newHook('active', 3), newHook('bridged', 5)];
    assert.deepEqual(await tell([...before, newHook('leaving', 20)]), {
      ...{ wait_seconds: 5, talk_seconds: 15, transfers: 0, answered_at: T + 3_000, bridged_at: T + 5_000 },
      ...{ dialed_at: T / 1000, call_time: 15 },
    });
    const leaving = newHook('leaving', 20, { joined_at: T, bridged_at: T + 5_000 });
    const told = await tell([newHook('bridged', 5), leaving], 14);
    assert.deepEqual(told, { wait_seconds: 5, talk_seconds: 15, transfers: 0 });
  });

  it('adds nothing to a leaving that is alone', async () => {
    assert.deepEqual(await tell([newHook('leaving', 9, { bridged_at: T, joined_at: T })], 3), {});
    assert.deepEqual(await tell([newHook('leaving', 9, { bridged_at: T })]), {
      dialed_at: null,
      call_time: null,
    });
    assert.deepEqual(await tell([newHook('leaving', 9)]), { dialed_at: null, call_time: 0 });
  });

  it('has no wait by a clock that is wrong by more than a day', async () => {
    const told = (await tell([
      newHook('joined', 0, { joined_at: 0 }),
      newHook('bridged', 5),
      newHook('leaving', 9),
    ])) as {
      wait_seconds?: number;
      talk_seconds?: number;
    };
    assert.deepEqual([told.wait_seconds, told.talk_seconds], [undefined, 4]);
  });

  it('counts a transfer when the agent changes without being offered the call', async () => {
    const [ann, bob, cat] = [{ agent_id: '101' }, { agent_id: '102' }, { agent_id: '103' }];
    const told = await tell(
      [
        newHook('bridged', 1, ann),
        newHook('bridged', 5, bob),
        newHook('offering', 7, cat),
        newHook('bridged', 10, cat),
        newHook('processing', 15, bob),
        newHook('leaving', 16, bob),
      ],
      1,
    );
    assert.deepEqual(told, {
      ...{ talk_seconds: 11, transfers: 2, wrap_up_seconds: 1, bridged_at: T + 1_000, offered_at: T + 7_000 },
      ...{ agents_offered: [{ agent_id: '103', at: T + 7_000 }], dialed_at: null },
    });
  });

  it('tells the same of its hooks in any order, in any batches, and twice, as they tell all at once', async () => {
    const events = ['joined', 'offering', 'active', 'answered', 'bridged', 'missed', 'processing'] as const;
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const moment = fc.nat({ max: 40 }).map((step) => T + step * 250);
    const anyHook = fc.record({
      event: fc.constantFrom(...events),
      at: moment,
      agent_id: maybe(fc.constantFrom('101', '102', '103')),
      joined_at: maybe(fc.constant(T - 250)),
      bridged_at: maybe(fc.constant(T + 1_250)),
    });
    const call = fc
      .record({
        hooks: fc.array(anyHook, { maxLength: 8 }),
        leaving: fc.record({
          at: moment,
          agent_id: maybe(fc.constantFrom('101', '102')),
          joined_at: maybe(fc.constant(T - 250)),
          bridged_at: maybe(fc.constant(T + 1_250)),
        }),
      })
      .map(({ hooks, leaving }) => ({
        hooks: hooks.map((hook): CallHook => ({ ...hook, id: `h${++ids}` })),
        leaving: { ...leaving, id: `h${++ids}`, event: 'leaving' } as const,
      }));
    await fc.assert(
      fc.asyncProperty(
        call.chain(({ hooks, leaving }) =>
          fc.record({
            hooks: fc.constant(hooks),
            leaving: fc.constant(leaving),
            shuffled: fc.shuffledSubarray([...hooks, ...hooks], { minLength: 2 * hooks.length }),
            batch: fc.integer({ min: 1, max: 9 }),
          }),
        ),
        async ({ hooks, leaving, shuffled, batch }) => {
          const lacking = ['dialed_at', 'call_time'].slice(leaving.joined_at === undefined ? 0 : 1);
          const { dialed_at, call_time, ...told } = (await tell(
            [...shuffled, leaving],
            undefined,
            batch,
          )) as {
            dialed_at?: number | null;
            call_time?: number | null;
          };
          const expected = computeFigures(hooks, leaving, lacking);
          const own = {
            ...(lacking.includes('dialed_at') && { dialed_at: null }),
            call_time: leaving.bridged_at === undefined ? 0 : null,
          };
          assert.deepEqual(
            { ...told, ...(dialed_at !== undefined && { dialed_at }), call_time },
            { ...own, ...expected },
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is the same in every list, and once more when it has to wait for one of them', async () => {
    const lists = [LIST, 'billing:cdr'];
    const bounded = publisherAt(redis.server.url, { cdrLists: lists, listMax: 1 });
    const attempt = ++attempts;
    const leaving = publicationOf(attempt, newHook('leaving', 9));
    const [cdr, event] = leaving.notifications;
    assert.ok(cdr?.kind === 'cdr' && event);
    const both = { ...leaving, notifications: [...lists.map((list) => ({ ...cdr, list })), event] };
    await redis.client.lpush('billing:cdr', 'full');
    await bounded([publicationOf(attempt, newHook('bridged', 2)), both]);
    // What overtook the leaving comes before its second try, and is not in the first list's CDR.
    await bounded([publicationOf(attempt, newHook('processing', 5))]);
    // Nobody knows for how many days.
    assert.ok((await redis.client.ttl(keyOf(attempt))) > 14 * DAY);
    await redis.client.del('billing:cdr');
    assert.deepEqual(await bounded([both]), [undefined]);
    assert.ok((await redis.client.ttl(keyOf(attempt))) <= 600);
    const [one, other] = await Promise.all(lists.map((list) => redis.client.lpop(list)));
    assert.deepEqual(JSON.parse(one ?? '1'), JSON.parse(other ?? '2'));
  });

  it('is one key and one member of the index until it leaves', async () => {
    const attempt = ++attempts;
    const member = JSON.stringify(['default', `${attempt}`]);
    await say(publicationOf(attempt, newHook('joined', 0)));
    assert.ok((await redis.client.ttl(keyOf(attempt))) > DAY - 60);
    const [seconds] = await redis.client.time();
    const since = Number(await redis.client.zscore(nameOpenCalls(LIST, 'default'), member));
    assert.ok(Math.abs(since - Number(seconds) * 1000) < 60_000);
    await say(publicationOf(attempt, newHook('leaving', 5)));
    assert.equal(await redis.client.zscore(nameOpenCalls(LIST, 'default'), member), null);
    const ttl = await redis.client.ttl(keyOf(attempt));
    assert.ok(ttl > 0 && ttl <= 600, `${ttl}`);
    // What comes after it opens nothing.
    await say(publicationOf(attempt, newHook('processing', 4)));
    assert.equal(await redis.client.zscore(nameOpenCalls(LIST, 'default'), member), null);
    await redis.client.lpop(LIST);
  });

  it('is in the index by its name alone, where the key of its list has letters of several bytes', async () => {
    const list = 'Übung:Anrufe';
    const attempt = ++attempts;
    const hooks = [newHook('joined', 0), newHook('leaving', 5, { joined_at: T })];
    const [joined, leaving] = hooks.map((hook) => publicationOf(attempt, hook));
    assert.ok(joined && leaving);
    const here = publisherAt(redis.server.url, { cdrLists: [list] });
    await here([joined]);
    const open = nameOpenCalls(list, 'default');
    assert.deepEqual(await redis.client.zrange(open, '0', '-1'), [JSON.stringify(['default', `${attempt}`])]);
    await here([leaving]);
    assert.equal(await redis.client.exists(open), 0);
    await redis.client.lpop(LIST);
  });

  it('is bounded: beyond that it has no figures', async () => {
    const attempt = ++attempts;
    for (let count = 0; count < 40; count++)
      await say(
        ...Array.from({ length: 10 }, () =>
          publicationOf(attempt, newHook('offering', count, { agent_id: '1' })),
        ),
      );
    assert.ok(((await redis.client.memory('USAGE', keyOf(attempt))) ?? 0) < 24_000);
    await say(publicationOf(attempt, newHook('leaving', 50, { joined_at: T })));
    assert.equal(await redis.client.lpop(LIST), '{"payload":{"id":"x","call_time":0}}');
  });
});

describe('a call that can not be remembered', () => {
  it('has its CDR all the same, and who publishes hears why', async () => {
    await using redis = await startTestRedis();
    const reasons: string[] = [];
    await redis.client.call('ACL', 'SETUSER', 'old', 'on', '>p', '~*', '&*', '+@all', '-zadd', '-lrange');
    const url = redis.server.url.replace('//', '//old:p@');
    const publish = publisherAt(url, {}, ({ forgotten }) => reasons.push(forgotten));
    // A batch that timed out may be done; then the next try has nothing to remember.
    await until('why', async () => {
      const attempt = ++attempts;
      const hooks = [newHook('joined', 0), newHook('leaving', 9, { joined_at: T })];
      const batch = hooks.map((hook) => publicationOf(attempt, hook));
      assert.deepEqual(await publish(batch), [undefined, undefined]);
      assert.equal(await redis.client.lpop(LIST), '{"payload":{"id":"x","call_time":0}}');
      return /NOPERM|can't run/.test(reasons.join());
    });
  });

  it('is remembered while Redis takes no CDR: its memory is bounded by itself', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url);
    await redis.client.config('SET', 'maxmemory', '1');
    await publish([publicationOf(1, newHook('bridged', 0))]);
    const [waits] = await publish([publicationOf(1, newHook('leaving', 7))]);
    assert.match(String(waits), /OOM/);
    await redis.client.config('SET', 'maxmemory', '0');
    assert.deepEqual(await publish([publicationOf(1, newHook('leaving', 7))]), [undefined]);
    assert.equal(JSON.parse((await redis.client.lpop(LIST)) ?? '').payload.talk_seconds, 7);
  });
});
