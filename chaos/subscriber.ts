// The subscriber whose messages the ledger counts. It is on the Redis itself, not behind the proxy.
import type { Redis } from 'ioredis';
import * as z from 'zod/mini';
import type { Evidence } from './ledger.ts';
import { nameAgentMessage } from './live-messages.ts';

const lifecycle = z.object({
  type: z.string(),
  payload: z.object({ id: z.string(), late: z.optional(z.boolean()) }),
});
const agent = z.object({ type: z.string(), payload: z.object({ ref: z.string() }) });

const BASE = 'enigma:notifications:';
const patterns = [`${BASE}queues*`, `${BASE}agent*`];

/** What was received so far. */
export type Received = {
  readonly lifecycle: Evidence['lifecycle'][number][];
  readonly agents: Evidence['agents'][number][];
};

export async function subscribe(client: Redis): Promise<Received> {
  const received: Received = { lifecycle: [], agents: [] };
  // Only a Redis that ends breaks this connection.
  let run = 0;
  client.on('close', () => run++);
  client.on('pmessage', (pattern: string, channel: string, text: string) => {
    const message = JSON.parse(text);
    if (pattern === patterns[0]) {
      const { type, payload } = lifecycle.parse(message);
      const { id, late = false } = payload;
      if (type !== 'incomplete') received.lifecycle.push({ id, late, run });
    } else {
      const [agentType = ''] = channel.slice(BASE.length).split(':');
      const { type, payload } = agent.parse(message);
      received.agents.push({ name: nameAgentMessage(agentType, payload.ref, type), run });
    }
  });
  await client.psubscribe(...patterns);
  return received;
}

/** Answers whether the one subscriber of this Redis has its subscriptions. @param client another one's connection */
export const isSubscribed = async (client: Redis): Promise<boolean> =>
  Number(await client.call('PUBSUB', 'NUMPAT')) === patterns.length;
