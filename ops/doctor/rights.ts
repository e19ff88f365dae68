// The doctor's question whether the user of Redis may do all that it has to.
import { TEN_MINUTES } from '../../lib/publish/notification.ts';
import type { Client } from '../../lib/redis/connection.ts';
import {
  findHome,
  nameCall,
  nameKeySets,
  nameMarkers,
  nameNewest,
  nameOpenCalls,
  nameProbe,
} from '../../lib/redis/keys.ts';
import { describeError } from '../trouble.ts';
import { isBlocked, unlessBlocked } from './blocked.ts';
import { type Finding, failed, good, warning } from './finding.ts';
import type { Places } from './places.ts';

/** Seconds. */
const DAY = 24 * 3600;

/** Asks Redis whether the user may do all that docs/redis.md names. */
export async function rightsFinding(
  client: Client,
  { base, lists, incompleteLists, stream, channels }: Places,
): Promise<Finding> {
  const user = String((await unlessBlocked(client.call('ACL', 'WHOAMI'))) ?? '');
  const home = findHome(lists);
  const entriesOf = (list: string, markers: string) => [
    ['LPUSH', list, ''],
    ['LPOP', list],
    ['LLEN', list],
    ['SISMEMBER', `${markers}:doctor:0`, '0'],
    ['SADD', `${markers}:doctor:0`, '0'],
    ['EXPIRE', `${markers}:doctor:0`, '1'],
  ];
  const newest = nameNewest(home, 'doctor');
  const [call, open] = [nameCall(home, 'doctor'), nameOpenCalls(home, 'doctor')];
  const needed = [
    ['EVALSHA', '0'.repeat(40), '0'],
    ['EVAL', 'return 1', '0'],
    ['TIME'],
    ['INFO', 'server'],
    ['WAIT', '0', '0'],
    ['LPUSHX', nameProbe(home), ''],
    ...lists.flatMap((list) => entriesOf(list, nameMarkers(list))),
    ...incompleteLists.flatMap((list) => entriesOf(list, nameMarkers(list, 'incomplete'))),
    ...[TEN_MINUTES, DAY]
      .flatMap((seconds) => nameKeySets(home, seconds))
      .flatMap((set) => [
        ['SMISMEMBER', set, '0'],
        ['SADD', set, '0'],
        ['EXPIRE', set, '1'],
        ['UNLINK', set],
      ]),
    ['GET', newest],
    ['SET', newest, ''],
    ['RPUSHX', call, ''],
    ['RPUSH', call, ''],
    ['LRANGE', call, '0', '0'],
    ['LLEN', call],
    ['LTRIM', call, '0', '0'],
    ['LSET', call, '0', ''],
    ['ZADD', open, '0', '0'],
    ['ZREM', open, '0'],
    ['ZRANGE', open, '0', '0'],
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
  const missing = new Set<string>();
  for (const command of needed) {
    try {
      const allowed = await client.call('ACL', 'DRYRUN', user, ...command);
      if (allowed !== 'OK')
        return failed(
          'rights',
          `${user} may not ${command.slice(0, 2).join(' ')}`,
          'docs/redis.md lists what the user needs',
        );
    } catch (error) {
      if (!isBlocked(error) && !isMissing(error)) throw error;
      if (!isMissing(error)) return good('rights', `not examined: ${describeError(error)}`);
      missing.add(command[0] ?? '');
    }
  }
  return missing.size === 0
    ? good('rights', `${user} may push, keep markers and publish`)
    : warning(
        'rights',
        `this Redis lacks ${[...missing].join(', ')}`,
        'docs/managed-redis.md says where: without WAIT, leave REDIS_WAIT_REPLICAS at 0',
      );
}

/** A command that was renamed or taken away; ACL DRYRUN has words of its own for it. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && /Command '.*' not found/.test(error.message);
