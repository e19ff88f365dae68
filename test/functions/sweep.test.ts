// Calls that never leave, by the function itself on a real Redis.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { QueueEvent } from '../../lib/event.ts';
import { noteHook } from '../../lib/publish/call.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { enigma } from '../../lib/publish/dialects/enigma.ts';
import { reportIncomplete } from '../../lib/publish/incomplete.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import type { Publication } from '../../lib/publish/publication.ts';
import { nameCall, nameOpenCalls } from '../../lib/redis/keys.ts';
import { exampleEvent, places } from '../support/dialect-suite.ts';
import { catchLogLines } from '../support/log-lines.ts';
import { LIST, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const INCOMPLETE = 'enigma:notifications:incomplete';
const NAME = JSON.stringify(['default', '918273']);
const OPEN = nameOpenCalls(LIST, 'default');
const DEADLINE = 60;
const MAX = 1_500;

let redis: Awaited<ReturnType<typeof startTestRedis>>;
let handler: typeof import('../../functions/sweep.ts').handler;
let publish: ReturnType<typeof publisherAt>;

before(async () => {
  redis = await startTestRedis();
  publish = publisherAt(redis.server.url);
  Object.assign(process.env, {
    REDIS_URL: redis.server.url,
    CALL_DEADLINE: `${DEADLINE}`,
    INCOMPLETE_LISTS: 'incomplete',
    CDR_LIST_MAX: `${MAX}`,
  });
  ({ handler } = await import('../../functions/sweep.ts'));
});
after(() => redis[Symbol.asyncDispose]());
beforeEach(() => redis.client.flushall());

/** A run that Redis does not answer in time is made again, as the schedule does. */
const sweep = () =>
  until('a sweep', () =>
    handler().then(
      () => true,
      (error: unknown) => {
        assert.match(String(error), /timed ?out|Connection is closed/i);
        return false;
      },
    ),
  );

/** What the consumer publishes of an event. */
function publicationOf(event: QueueEvent): Publication {
  const call = noteHook(event);
  const made = speak(enigma, event, places).filter(({ kind }) => kind === 'cdr');
  const notifications = [...made, lifecycleMessage('enigma:notifications', event, false)];
  return { group: 'a', notifications, ...(call && { call }) };
}

/** Decades ago, whatever the clock of this machine says. */
const BACK = 1_000_000_000_000;
const dateBack = ({ timestamp = 0, joined_at = 0, bridged_at, ...event }: QueueEvent): QueueEvent =>
  ({
    ...event,
    timestamp: timestamp - BACK,
    joined_at: joined_at - BACK,
    ...(bridged_at !== undefined && { bridged_at: bridged_at - BACK }),
  }) as QueueEvent;

async function say(...names: string[]): Promise<void> {
  for (const name of names) {
    const event = dateBack(await exampleEvent(name));
    assert.deepEqual(await publish([publicationOf(event)]), [undefined], name);
  }
}

/** As if its newest hook had come so many seconds ago. */
async function age(seconds: number, name = NAME): Promise<void> {
  const [now] = await redis.client.time();
  await redis.client.zadd(OPEN, (Number(now) - seconds) * 1000, name);
}

const readList = async (list: string) =>
  (await redis.client.lrange(list, 0, -1)).map((text) => JSON.parse(text));

describe('a call whose leaving never comes', () => {
  it('is one record with all that is known of it, and one message', async () => {
    await say('joined', 'offering', 'missed', 'bridged');
    await age(DEADLINE + 1);
    const { length: heard } = await redis.allHeard();
    await sweep();
    await sweep();
    const [entry, ...more] = await readList(INCOMPLETE);
    assert.equal(more.length, 0);
    const { payload } = entry;
    const { id: bridged } = await exampleEvent('bridged');
    assert.notEqual(payload.id, bridged);
    assert.equal(entry.type, 'cdr');
    assert.deepEqual(
      [payload.incomplete, payload.event, payload.end_reason, payload.end_code, payload.call_time],
      [true, 'bridged', null, null, null],
    );
    assert.deepEqual(
      [payload.call_ref, payload.extension, payload.number, payload.ref, payload.tenant],
      ['918273', '1003', '380671112233', '42', 'default'],
    );
    assert.deepEqual(
      [payload.dialed_at, payload.wait_seconds, payload.talk_seconds, payload.agents_missed.length],
      [782900000, 34.7, undefined, 1],
    );
    const { channel, message } = (await redis.allHeard())[heard] ?? {};
    assert.equal(channel, 'enigma:notifications:queues:42');
    const said = message as { type: string; payload: { id: string } };
    assert.deepEqual([said.type, said.payload.id], ['incomplete', payload.id]);
    assert.equal(await redis.client.zcard(OPEN), 0);
  });

  it('is completed by a leaving that comes after all, whose CDR says so', async () => {
    await say('joined', 'bridged');
    await age(DEADLINE + 1);
    await sweep();
    const [{ payload: record }] = await readList(INCOMPLETE);
    // What comes late opens it no more.
    await say('processing');
    assert.equal(await redis.client.zcard(OPEN), 0);
    await say('leaving');
    const [{ payload: cdr }] = await readList(LIST);
    assert.equal(cdr.completes, record.id);
    assert.equal(cdr.talk_seconds, 180.2);
    assert.equal((await readList(INCOMPLETE)).length, 1);
  });

  it('is named by the CDR that completes it, even where too much was told, which has no figures', async () => {
    await say('joined');
    const key = nameCall(LIST, NAME);
    const fill = async () => {
      await redis.client.rpush(key, ...Array<string>(150).fill('{"id":"x","event":"offering","at":1}'));
      await say('processing');
    };
    await fill();
    await age(DEADLINE + 1);
    await sweep();
    const [{ payload: record }] = await readList(INCOMPLETE);
    assert.equal(record.queue_id, '42');
    await redis.client.del(...(await redis.client.keys('*:said:*')));
    await fill();
    assert.ok((await redis.client.llen(key)) < 10);
    await say('leaving');
    const [{ payload: cdr }] = await readList(LIST);
    assert.deepEqual([cdr.completes, cdr.talk_seconds], [record.id, undefined]);
  });

  it('is named by the CDR that completes it, where nothing else is known of it', async () => {
    await age(DEADLINE + 1);
    await sweep();
    await say('leaving');
    const [{ payload: record }] = await readList(INCOMPLETE);
    const [{ payload: cdr }] = await readList(LIST);
    assert.deepEqual([cdr.completes, cdr.talk_seconds, cdr.transfers], [record.id, undefined, undefined]);
  });

  it('is given up once by two sweeps at once', async () => {
    await say('bridged');
    await age(DEADLINE + 1);
    await Promise.all([sweep(), sweep(), sweep()]);
    assert.equal((await readList(INCOMPLETE)).length, 1);
  });

  it('is not given up when a hook came meanwhile, or its leaving did', async () => {
    await say('bridged');
    await age(DEADLINE + 1);
    const record = await redis.client.lrange(nameCall(LIST, NAME), 0, -1);
    const report = () =>
      publish([
        reportIncomplete(
          { name: NAME, record },
          {
            base: 'enigma:notifications',
            lists: [INCOMPLETE],
            cdrList: LIST,
          },
          1,
        ),
      ]);
    await say('processing');
    assert.match(String((await report())[0]), /it moved on/);
    await say('leaving');
    assert.match(String((await report())[0]), /it moved on/);
    // A hook that comes long after the leaving, when only the marker of the CDR is left.
    await redis.client.zadd(OPEN, 1, NAME);
    await sweep();
    assert.deepEqual(await readList(INCOMPLETE), []);
    assert.equal(await redis.client.zcard(OPEN), 0);
  });

  it('is not given up as long as hooks come, however long it lasts', async () => {
    await say('joined');
    const name = JSON.stringify(['default', '7']);
    const now = Date.now();
    await redis.client.rpush(
      nameCall(LIST, name),
      ...['', '{"id":"a","event":"joined","at":1}', `{"id":"b","event":"bridged","at":${now}}`],
    );
    await age(DEADLINE + 1, name);
    await age(DEADLINE + 1);
    await sweep();
    assert.deepEqual(
      (await readList(INCOMPLETE)).map(({ payload }) => payload.attempt_id),
      ['918273'],
    );
    // It is looked at again when its newest hook is as old.
    assert.equal(Number(await redis.client.zscore(OPEN, name)), now);
  });

  it('is not given up when a hook came just now with a clock that is hours behind', async () => {
    await say('joined');
    const event = { ...(await exampleEvent('bridged')), received_at: Date.now() };
    assert.deepEqual(await publish([publicationOf(event)]), [undefined]);
    await age(DEADLINE + 1);
    await sweep();
    assert.deepEqual(await readList(INCOMPLETE), []);
  });

  it('is given up by the sweep of its own tenant, whose deadline and lists may be others', async () => {
    const event = { ...(await exampleEvent('bridged')), tenant: 'acme' };
    assert.deepEqual(await publish([publicationOf(event)]), [undefined]);
    const open = nameOpenCalls(LIST, 'acme');
    const [name] = await redis.client.zrange(open, '0', '-1');
    await redis.client.zadd(open, 1, name ?? '');
    await sweep();
    assert.deepEqual(await readList(INCOMPLETE), []);
    assert.equal(await redis.client.zcard(open), 1);
  });

  it('of which no more than its name is known is a record of that', async () => {
    const name = JSON.stringify(['default', 'cloudevents:/pbx', 'a-1']);
    await age(DEADLINE + 1, name);
    await sweep();
    const [{ payload }] = await readList(INCOMPLETE);
    assert.deepEqual(
      [payload.tenant, payload.source, payload.attempt_id, payload.call_ref, payload.incomplete],
      ['default', 'cloudevents:/pbx', 'a-1', 'a-1', true],
    );
    assert.deepEqual([payload.extension, payload.dialed_at, payload.call_time], [null, null, null]);
  });

  it('waits for room in the list, and is then there once', async (t) => {
    const lines = catchLogLines(t);
    await say('bridged');
    await age(DEADLINE + 1);
    await redis.client.lpush(INCOMPLETE, ...Array.from({ length: MAX }, () => '{}'));
    await sweep();
    assert.equal(await redis.client.zcard(OPEN), 1);
    assert.match(JSON.stringify(lines), /"waiting":1.*"remedy".*FULL/);
    await redis.client.ltrim(INCOMPLETE, 0, 0);
    await sweep();
    await sweep();
    assert.equal((await readList(INCOMPLETE)).length, 2);
    assert.equal(await redis.client.zcard(OPEN), 0);
  });

  it('is given up with more than a thousand others in one run, and none that is younger', async () => {
    const [now] = await redis.client.time();
    const old = (Number(now) - DEADLINE - 10) * 1000;
    const members = Array.from({ length: 1_200 }, (_, index) => [
      old + index,
      JSON.stringify(['default', `${index}`]),
    ]);
    await redis.client.zadd(OPEN, ...members.flat());
    await age(1, JSON.stringify(['default', 'young']));
    await sweep();
    assert.deepEqual(await redis.client.zrange(OPEN, '0', '-1'), [JSON.stringify(['default', 'young'])]);
    assert.equal((await readList(INCOMPLETE)).length, 1_200);
  });
});
