// The doctor's look at Redis.
import { connectTo } from '../../lib/redis/connection.ts';
import type { Target } from '../target.ts';
import { close, reach, redisTrouble } from '../trouble.ts';
import { type Finding, failed, good, warning } from './finding.ts';
import type { Places } from './places.ts';
import { rightsFinding } from './rights.ts';

/** Redis itself, and whether it is as docs/redis.md wants it. */
export async function redisFindings({ redis: url }: Target, places: Places): Promise<Finding[]> {
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
