// The doctor's look at Redis.
import type { Client } from '../../lib/redis/connection.ts';
import { nameTenant } from '../move/names.ts';
import type { Target } from '../target.ts';
import { close, openRedis, reach, redisTrouble } from '../trouble.ts';
import { unlessBlocked } from './blocked.ts';
import { type Finding, failed, good, warning } from './finding.ts';
import type { Places } from './places.ts';
import { rightsFinding } from './rights.ts';
import { workersFindings } from './workers.ts';

/** Redis itself, and whether it is as docs/redis.md wants it. What a managed Redis blocks is a finding of its own. */
export async function redisFindings(
  { redis: url }: Pick<Target, 'redis'>,
  places: Places,
): Promise<Finding[]> {
  if (url === undefined) return [warning('Redis', 'not named', 'name it with --redis or REDIS_URL')];
  const client = openRedis(url, places.cluster);
  const lists = [...new Set([...places.lists, ...places.incompleteLists])];
  try {
    await reach(client);
    const begun = performance.now();
    // Whether it may or may not: it has answered.
    await unlessBlocked(client.ping());
    const round = `first answer in ${(performance.now() - begun).toFixed(1)} ms`;
    const [field, sync] = await Promise.all([readInfo(client), readSync(client)]);
    return [
      versionFinding(field, round),
      roleFinding(field('role')),
      evictionFinding(field('maxmemory_policy')),
      persistenceFinding(field('aof_enabled'), sync),
      clusterFinding(field('cluster_enabled'), places.cluster),
      await listsFinding(client, lists, places.listMax),
      ...(await movedFindings(client, lists)),
      ...(await workersFindings(client, lists)),
      await rightsFinding(client, places),
    ];
  } catch (error) {
    const { message, remedy } = redisTrouble(error);
    return [failed('Redis', message, remedy)];
  } finally {
    close(client);
  }
}

/** A field of INFO; undefined where INFO is blocked, or lacks the field. */
type Field = (name: string) => string | undefined;

async function readInfo(client: Client): Promise<Field> {
  const info = (await unlessBlocked(client.info())) ?? '';
  return (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/** How often the append-only file is synced; undefined where CONFIG is blocked, as every managed Redis has it. */
async function readSync(client: Client): Promise<string | undefined> {
  const [, sync] = (await unlessBlocked(client.config('GET', 'appendfsync'))) ?? [];
  return sync === undefined ? undefined : String(sync);
}

const UNSEEN = "can't be seen here";
const PARAMETERS = 'docs/managed-redis.md says where to look; on ElastiCache, at the parameter group';

function versionFinding(field: Field, round: string): Finding {
  const version = field('redis_version');
  if (version === undefined)
    return warning('Redis', `its version ${UNSEEN}; ${round}`, 'version 7 or later is needed: look it up');
  const valkey = field('valkey_version');
  const name = valkey === undefined ? version : `${version}, as Valkey ${valkey}`;
  return Number.parseInt(version, 10) >= 7
    ? good('Redis', `${name}, ${round}`)
    : failed('Redis', name, 'Redis 7 or later is needed');
}

function roleFinding(role: string | undefined): Finding {
  if (role === undefined) return warning('role', UNSEEN, 'REDIS_URL must name the primary');
  return role === 'master'
    ? good('role', 'primary')
    : failed('role', role, 'REDIS_URL must name the primary');
}

function evictionFinding(policy: string | undefined): Finding {
  if (policy === undefined)
    return warning('eviction', UNSEEN, `it must be noeviction, or CDRs double: ${PARAMETERS}`);
  return policy === 'noeviction'
    ? good('eviction', policy)
    : failed(
        'eviction',
        policy,
        'set maxmemory-policy noeviction (CONFIG SET, or the parameter group): eviction drops markers, and CDRs double',
      );
}

/** @param sync undefined where CONFIG is blocked */
function persistenceFinding(aof: string | undefined, sync: string | undefined): Finding {
  if (aof === undefined)
    return warning('persistence', UNSEEN, 'docs/managed-redis.md says what survives a fail-over where');
  if (aof !== '1')
    return warning(
      'persistence',
      'no append-only file',
      sync === undefined
        ? 'appendonly yes; where nobody may set it, docs/managed-redis.md says what keeps CDRs'
        : 'appendonly yes: a restart loses lists and markers',
    );
  return good('persistence', `append-only file, ${sync ?? `how often it is synced ${UNSEEN}`}`);
}

function clusterFinding(enabled: string | undefined, cluster: boolean): Finding {
  if (enabled === undefined)
    return warning('cluster', UNSEEN, 'REDIS_CLUSTER=true for MemoryDB, and for a serverless cache');
  return (enabled === '1') === cluster
    ? good('cluster', cluster ? 'yes' : 'no')
    : failed('cluster', `REDIS_CLUSTER is ${cluster}`, `set REDIS_CLUSTER=${!cluster}`);
}

/** Was the tenant moved away from here? Then this Redis takes nothing of a consumer any more. */
async function movedFindings(client: Client, lists: readonly string[]): Promise<Finding[]> {
  const fences = await Promise.all(
    nameTenant(lists).fences.map(async (fence) => unlessBlocked(client.exists(fence))),
  );
  return fences.includes(1)
    ? [
        failed(
          'moved',
          'this tenant was moved to another Redis: nothing is published here',
          'REDIS_URL must name the new one; or move back, as docs/managed-redis.md says',
        ),
      ]
    : [];
}

/** What is wrong with one list is found, whatever is wrong with others. */
async function listsFinding(client: Client, lists: readonly string[], most: number): Promise<Finding> {
  const looks = await Promise.all(lists.map((list) => lookAtList(client, list, most)));
  const detail = looks.map(({ list, shown }) => `${list} ${shown}`).join(', ');
  const remedies = [...new Set(looks.flatMap(({ remedy }) => remedy ?? []))];
  if (remedies.length > 0) return failed('lists', detail, remedies.join('; '));
  return looks.some(({ shown }) => shown === UNSEEN)
    ? warning('lists', detail, 'the consumer needs +llen on them: docs/redis.md')
    : good('lists', detail);
}

type ListLook = { readonly list: string; readonly shown: string; readonly remedy?: string };

async function lookAtList(client: Client, list: string, most: number): Promise<ListLook> {
  try {
    const length = await unlessBlocked(client.llen(list));
    if (length === undefined) return { list, shown: UNSEEN };
    if (most === 0 || length < most) return { list, shown: `${length}` };
    return {
      list,
      shown: `${length} of CDR_LIST_MAX ${most}`,
      remedy: 'a worker must pop it, or raise CDR_LIST_MAX: a full list takes nothing more',
    };
  } catch (error) {
    const { message, remedy } = redisTrouble(error);
    if (!message.startsWith('WRONGTYPE')) throw error;
    return { list, shown: 'is no list', remedy };
  }
}
