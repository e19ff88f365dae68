// Three primaries that agree that they are a cluster.
import type { Redis } from 'ioredis';
import { freePort } from '../../local/free-port.ts';
import { untilJoined } from '../support/cluster.ts';
import { startTestRedis } from '../support/stack.ts';

type Node = { readonly client: Redis; readonly url: string };

export async function startCluster(stack: AsyncDisposableStack): Promise<Node[]> {
  const nodes: Node[] = [];
  for (const index of [0, 1, 2]) {
    const busPort = await freePort();
    const { client, server } = stack.use(
      await startTestRedis(['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`]),
    );
    const bounds = [index, index + 1].map((third) => Math.ceil((third * 16384) / 3));
    await client.call('CLUSTER', 'ADDSLOTSRANGE', `${bounds[0]}`, `${(bounds[1] ?? 0) - 1}`);
    const port = Number(new URL(server.url).port);
    await nodes[0]?.client.call('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPort}`);
    nodes.push({ client, url: server.url });
  }
  await untilJoined(nodes);
  return nodes;
}
