// Hears events and agents' messages as they are published. What is published while nobody listens is gone: the live
// stream has it.
import { type Client, duplicate } from './connection.ts';
import {
  type AgentMessage,
  type EventMessage,
  type IncompleteMessage,
  isAgentMessage,
  isEvent,
  isIncomplete,
  readMessage,
} from './messages.ts';

/** ms between two questions whether the connection is alive */
const PING = 5_000;

/** `all`: of every queue or agent, and events without a queue */
export type Which = readonly string[] | 'all';

export type SubscribeOptions = {
  /** ENIGMA_BASE; enigma:notifications */
  readonly base?: string;
  /** queue ids whose events are heard */
  readonly queues?: Which;
  /** extensions of agents whose calls and statuses are heard */
  readonly agents?: Which;
  readonly onEvent?: (event: EventMessage, channel: string) => void;
  /** A call of those queues was given up: nothing came of it any more. */
  readonly onIncomplete?: (message: IncompleteMessage, channel: string) => void;
  readonly onAgent?: (message: AgentMessage, channel: string) => void;
  /** What is heard but is no message: none of the others is called. */
  readonly onUnknown?: (text: string, channel: string) => void;
  /** Subscribed again after the connection was lost: what was published meanwhile is missed. Not told in a cluster. */
  readonly onResumed?: () => void;
};

/**
 * Subscribes, and stays subscribed when Redis was away.
 * @param redis for its address and user: a connection of its own is made
 * @returns once subscribed; call `stop` to end it
 * @throws what Redis answers when it refuses
 */
export async function subscribe(
  redis: Client,
  options: SubscribeOptions,
): Promise<{ readonly stop: () => void }> {
  const { base = 'enigma:notifications', queues = [], agents = [], onResumed } = options;
  const client = duplicate(redis, 3 * PING);
  client.on('message', (channel: string, text: string) => deliver(options, channel, text));
  client.on('pmessage', (_: string, channel: string, text: string) => deliver(options, channel, text));
  const channels = [
    ...(queues === 'all' ? [`${base}:queues`] : queues.map((queue) => `${base}:queues:${queue}`)),
    ...(agents === 'all' ? [] : agents.map((agent) => `${base}:agents:${agent}`)),
  ];
  const patterns = [
    ...(queues === 'all' ? [`${literal(base)}:queues:*`] : []),
    ...(agents === 'all' ? [`${literal(base)}:agents:*`] : []),
  ];
  try {
    if (channels.length > 0) await client.subscribe(...channels);
    if (patterns.length > 0) await client.psubscribe(...patterns);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  if ('nodes' in client) return { stop: () => client.disconnect() };
  // ioredis subscribes again by itself; the answer to what is asked after that says that it did.
  client.on('ready', () => client.ping().then(onResumed, () => undefined));
  // On a connection that is dead, silence looks like peace.
  const pings = setInterval(() => client.ping().catch(() => undefined), PING);
  return {
    stop: () => {
      clearInterval(pings);
      client.disconnect();
    },
  };
}

/** A pattern that means this text. */
const literal = (text: string) => text.replace(/[*?[\]\\]/g, '\\$&');

function deliver(options: SubscribeOptions, channel: string, text: string): void {
  const message = readMessage(text);
  if (message === undefined) options.onUnknown?.(text, channel);
  else if (isEvent(message)) options.onEvent?.(message, channel);
  else if (isIncomplete(message)) options.onIncomplete?.(message, channel);
  else if (isAgentMessage(message)) options.onAgent?.(message, channel);
  else options.onUnknown?.(text, channel);
}
