// When the nodes of a Redis Cluster are one.
import type { Redis } from 'ioredis';
import { until } from './stack.ts';

/** Resolves when each node knows whose every slot is, and has a link to each other node: what is published needs those. */
export const untilJoined = (nodes: readonly { readonly client: Redis }[]): Promise<boolean> =>
  until('the cluster to agree', async () => {
    const views = await Promise.all(
      nodes.map(async ({ client }) => [await client.cluster('INFO'), await client.cluster('NODES')]),
    );
    return views.every(([info, known]) => isComplete(`${info}`) && isLinked(`${known}`, nodes.length));
  });

const isComplete = (info: string) =>
  info.includes('cluster_state:ok') && info.includes('cluster_slots_assigned:16384');

/** A node that shakes hands is known already, and is sent nothing yet. */
function isLinked(known: string, size: number): boolean {
  const lines = known.trim().split('\n');
  return (
    lines.length === size && lines.every((line) => line.includes(' connected') && !line.includes('handshake'))
  );
}
