// Looks at every part, sends a canary through the real door, and says what to change.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { TEN_MINUTES } from '../lib/publish/notification.ts';
import { type Client, connectTo } from '../lib/redis/connection.ts';
import { findHome, nameKeySets, nameMarkers, nameNewest, nameProbe } from '../lib/redis/keys.ts';
import { eachKept } from './quarantine.ts';
import { countMessages } from './scan.ts';
import type { Target } from './target.ts';
import { close, describeError, reach, redisTrouble, Unanswered, within } from './trouble.ts';

export type Finding = {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'failed';
  readonly detail: string;
  /** what to do, unless it is good */
  readonly remedy?: string;
};

const good = (check: string, detail: string): Finding => ({ check, state: 'good', detail });
const warning = (check: string, detail: string, remedy: string): Finding => ({
  check,
  state: 'warning',
  detail,
  remedy,
});
const failed = (check: string, detail: string, remedy: string): Finding => ({
  check,
  state: 'failed',
  detail,
  remedy,
});
/** A failure with the remedy that the error has, else with this one. */
const failure = (check: string, error: unknown, remedy: string) =>
  failed(check, describeError(error), error instanceof Unanswered ? error.remedy : remedy);

const DAY = 24 * 3600 * 1000;
/** Longer than a healthy bridge needs, shorter than a person waits. */
const CANARY_PATIENCE = 5_000;

/** Examines a target. Each finding is reported as it is made. */
export async function examine(
  target: Target,
  places: Places,
  report: (finding: Finding) => void,
): Promise<void> {
  const parts = [queueFindings(target), redisFindings(target, places), canaryFindings(target, places.base)];
  for (const part of parts) {
    for (const finding of await part) report(finding);
  }
}

/** Where the consumer publishes. */
export type Places = {
  readonly base: string;
  readonly lists: readonly string[];
  /** the live stream, when there is one */
  readonly stream: string | undefined;
  /** outside the base */
  readonly channels: readonly string[];
  readonly cluster: boolean;
};

/** 0: all good; 2: a warning; 1: something failed. */
export const exitCode = (findings: readonly Finding[]): number =>
  findings.some(({ state }) => state === 'failed')
    ? 1
    : findings.some(({ state }) => state === 'warning')
      ? 2
      : 0;

async function queueFindings(target: Target): Promise<Finding[]> {
  const { sqs, urls } = target;
  try {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: urls.events, AttributeNames: ['All'] }),
    );
    const { MessageRetentionPeriod, VisibilityTimeout, RedrivePolicy } = Attributes;
    const receives = Number(JSON.parse(RedrivePolicy ?? '{}').maxReceiveCount ?? 0);
    const settings = `retention ${Number(MessageRetentionPeriod) / 86_400} days, visibility ${VisibilityTimeout} s, ${receives} receives`;
    const asDeployed =
      MessageRetentionPeriod === '1209600' && VisibilityTimeout === '45' && receives === 1000;
    const [waiting, dead, kept] = await Promise.all(
      [urls.events, urls.deadLetters, urls.quarantine].map((url) => countMessages(sqs, url)),
    );
    return [
      asDeployed
        ? good('events queue', settings)
        : warning('events queue', settings, 'deploy again: 14 days, 45 s and 1,000 receives are meant'),
      (waiting ?? 0) < 1_000
        ? good('events waiting', `${waiting}`)
        : warning(
            'events waiting',
            `${waiting}`,
            "look at the consumer's log: given back lines have the remedy",
          ),
      dead === 0
        ? good('dead letters', '0')
        : warning('dead letters', `${dead}`, 'hookline dead-letters list, then redrive'),
      kept === 0 ? good('quarantine', '0') : await quarantineFinding(target, kept ?? 0),
    ];
  } catch (error) {
    return [failure('queues', error, 'check the target, the region and the credentials')];
  }
}

async function quarantineFinding(target: Target, count: number): Promise<Finding> {
  let oldest = Number.POSITIVE_INFINITY;
  await eachKept(target, async ({ message: { sentAt } }) => {
    oldest = Math.min(oldest, sentAt);
    return false;
  });
  const days = Number.isFinite(oldest) ? (Date.now() - oldest) / DAY : 0;
  const detail = `${count}, the oldest ${days.toFixed(1)} of its 14 days`;
  const remedy = 'hookline quarantine list, then replay or drop';
  return days > 10 ? failed('quarantine', detail, remedy) : warning('quarantine', detail, remedy);
}

async function redisFindings({ redis: url }: Target, places: Places): Promise<Finding[]> {
  const { lists, cluster } = places;
  if (url === undefined) return [warning('Redis', 'not named', 'name it with --redis or REDIS_URL')];
  const client = connectTo(url, cluster);
  try {
    await reach(client);
    const begun = performance.now();
    await client.ping();
    const info = await client.info();
    const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const version = field('redis_version');
    const policy = field('maxmemory_policy');
    const lengths = await Promise.all(lists.map(async (list) => `${list} ${await client.llen(list)}`));
    const round = `${(performance.now() - begun).toFixed(1)} ms`;
    return [
      Number.parseInt(version, 10) >= 7
        ? good('Redis', `${version}, first answer in ${round}`)
        : failed('Redis', version, 'Redis 7 or later is needed'),
      field('role') === 'master'
        ? good('role', 'primary')
        : failed('role', field('role'), 'REDIS_URL must name the primary'),
      policy === 'noeviction'
        ? good('eviction', policy)
        : failed(
            'eviction',
            policy,
            'CONFIG SET maxmemory-policy noeviction: eviction drops markers, and CDRs double',
          ),
      field('aof_enabled') === '1'
        ? good('persistence', 'append-only file')
        : warning('persistence', 'no append-only file', 'appendonly yes: a restart loses lists and markers'),
      (field('cluster_enabled') === '1') === cluster
        ? good('cluster', cluster ? 'yes' : 'no')
        : failed('cluster', `REDIS_CLUSTER is ${cluster}`, `set REDIS_CLUSTER=${!cluster}`),
      good('lists', lengths.join(', ')),
      await rightsFinding(client, places),
    ];
  } catch (error) {
    const { message, remedy } = redisTrouble(error);
    return [failed('Redis', message, remedy)];
  } finally {
    close(client);
  }
}

/** Asks Redis whether the user may do all that docs/redis.md names. */
async function rightsFinding(client: Client, { base, lists, stream, channels }: Places): Promise<Finding> {
  const user = String(await client.call('ACL', 'WHOAMI').catch(() => ''));
  const home = findHome(lists);
  const marker = (list: string) => `${nameMarkers(list)}:doctor:0`;
  const newest = nameNewest(home, 'doctor');
  const needed = [
    ['EVALSHA', '0'.repeat(40), '0'],
    ['EVAL', 'return 1', '0'],
    ['TIME'],
    ['INFO', 'server'],
    ['WAIT', '0', '0'],
    ['LPUSHX', nameProbe(home), ''],
    ...lists.flatMap((list) => [
      ['LPUSH', list, ''],
      ['LPOP', list],
      ['LLEN', list],
      ['SISMEMBER', marker(list), '0'],
      ['SADD', marker(list), '0'],
      ['EXPIRE', marker(list), '1'],
    ]),
    ...[TEN_MINUTES, DAY / 1000]
      .flatMap((seconds) => nameKeySets(home, seconds))
      .flatMap((set) => [
        ['SMISMEMBER', set, '0'],
        ['SADD', set, '0'],
        ['EXPIRE', set, '1'],
        ['UNLINK', set],
      ]),
    ['GET', newest],
    ['SET', newest, ''],
    ...(stream === undefined
      ? []
      : [
          ['XADD', stream, '*', 'event', ''],
          ['XDEL', stream, '0-1'],
        ]),
    ...[`${base}:queues`, `${base}:queues:doctor`, `${base}:doctor:0`, ...channels].map((channel) => [
      'PUBLISH',
      channel,
      '',
    ]),
  ];
  try {
    for (const command of needed) {
      const allowed = await client.call('ACL', 'DRYRUN', user, ...command);
      if (allowed !== 'OK')
        return failed(
          'rights',
          `${user} may not ${command.slice(0, 2).join(' ')}`,
          'docs/redis.md lists what the user needs',
        );
    }
    return good('rights', `${user} may push, keep markers and publish`);
  } catch (error) {
    return good('rights', `not examined: ${describeError(error)}`);
  }
}

/** A joined on a channel that no client knows: it makes no call and no CDR. */
const makeCanary = (attempt: string) => ({
  state: 'joined',
  channel: 'canary',
  attempt_id: attempt,
  timestamp: `${Date.now()}`,
  hookline: 'canary',
});

const DOOR_REMEDY = 'check --url, and look at the log of the webhook';
const ROAD_REMEDY = 'the door accepted it: look at the events that wait, and at the log of the consumer';

/** Answers once the status is there; nobody reads the rest. */
export async function postCanary(
  door: string,
  token: string,
  attempt: string,
): Promise<{ readonly status: number }> {
  const signal = AbortSignal.timeout(CANARY_PATIENCE);
  try {
    const { status, body } = await fetch(`${door}/hooks/webitel`, {
      method: 'POST',
      body: JSON.stringify(makeCanary(attempt)),
      headers: { 'x-api-key': token },
      signal,
    });
    await body?.cancel();
    return { status };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Unanswered(`the door gives no answer (${describeError(cause)})`, DOOR_REMEDY, { cause: error });
  }
}

/** Sends a canary through the door and listens for it on Redis. */
export async function canaryFindings(
  { door, token, redis: url }: Pick<Target, 'door' | 'token' | 'redis'>,
  base: string,
): Promise<Finding[]> {
  if (door === undefined || url === undefined) {
    return [warning('canary', 'not sent', 'name the door and the Redis with --url and --redis')];
  }
  const subscriber = connectTo(url, false);
  try {
    await reach(subscriber);
    // Negative: no attempt of Webitel has it.
    const attempt = `-${Date.now()}`;
    const heard = Promise.withResolvers<number>();
    subscriber.on('message', (_channel: string, words: string) => {
      if (words.includes(`"attempt_id":"${attempt}"`)) heard.resolve(performance.now());
    });
    await subscriber.subscribe(`${base}:queues`).catch((error: unknown) => {
      throw redisTrouble(error);
    });
    const begun = performance.now();
    const answer = await within('the door', DOOR_REMEDY, postCanary(door, token, attempt), CANARY_PATIENCE);
    const answered = performance.now();
    if (answer.status !== 202)
      return [
        failed('canary', `the door answered ${answer.status}`, 'README, "The door", says what that means'),
      ];
    const out = await within('the way from the door to Redis', ROAD_REMEDY, heard.promise, CANARY_PATIENCE);
    const legs = `answered after ${(answered - begun).toFixed(1)} ms, heard on Redis after ${(out - begun).toFixed(1)} ms`;
    return [
      answered - begun < 1_000
        ? good('canary', legs)
        : failed(
            'canary',
            legs,
            "Webitel waits one second: look at the door's cold start and its way to SQS",
          ),
    ];
  } catch (error) {
    return [failure('canary', error, 'look at the logs of the webhook and the consumer')];
  } finally {
    close(subscriber);
  }
}
