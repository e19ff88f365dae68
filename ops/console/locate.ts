// Where the CDR of an attempt is now: in a list, in the hands of a worker, in its dead list, or taken.
import { findScope } from '../../lib/identity.ts';
import type { Whereabouts } from '../../live/console/schema.ts';
import { type Whereabouts as Found, findCdr } from '../call.ts';
import type { Target } from '../target.ts';
import { close, openRedis, reach, redisTrouble } from '../trouble.ts';

/** Rejects with Unanswered when Redis gives no answer. */
export async function locateCdr(
  { redis, tenant }: Target,
  lists: readonly string[],
  cluster: boolean,
  attempt_id: string,
  source: string | undefined,
): Promise<Whereabouts> {
  if (redis === undefined) return { cdrs: [] };
  const client = openRedis(redis, cluster);
  try {
    await reach(client);
    const asked = { tenant, source, attempt_id };
    const found = await Promise.all(
      lists.map((list) => findCdr(client, list, findScope({ tenant, source }), asked)),
    );
    return { cdrs: found.map((each) => ({ list: each.list, where: describe(each) })) };
  } catch (error) {
    throw redisTrouble(error);
  } finally {
    close(client);
  }
}

function describe(found: Found): string {
  switch (found.where) {
    case 'waiting':
      return `waits there, as number ${found.place} of ${found.of}`;
    case 'worker':
      return `is in the hands of the worker ${found.worker}`;
    case 'dead':
      return 'is in the dead list: a worker gave up on it';
    case 'unseen':
      return `was put there; it waits behind the newest of ${found.of}, or somebody has taken it`;
    case 'popped':
      return 'was put there, and somebody has taken it';
    case 'none':
      return 'is not there yet: it is made when the call leaves, if the call was dialled';
  }
}
