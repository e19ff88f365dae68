// Delivery → event → queue.
import type { QueueEvent } from '../event.ts';
import { findScope, identify } from '../identity.ts';
import { type SourceName, sources } from './sources/index.ts';
import type { Delivery } from './sources/source.ts';

/** Puts an event on the queue, durably. Rejects when it was not taken. */
export type Enqueue = (event: QueueEvent) => Promise<void>;

/** A hook as it was delivered to a source. */
export type Received = Delivery & {
  readonly source: SourceName;
  /** epoch milliseconds */
  readonly receivedAt: number;
};

/** What the operator knows and no hook says. */
export type Knowledge = {
  readonly tenant: string;
  /** by queue_id */
  readonly queues: Readonly<
    Record<
      string,
      { readonly name?: string | undefined; readonly direction?: 'inbound' | 'outbound' | undefined }
    >
  >;
};

/** Throws Rejected, or what `enqueue` throws. Answers the event as it was enqueued. */
export async function receive(received: Received, known: Knowledge, enqueue: Enqueue): Promise<QueueEvent> {
  const { hook, variables, origin, identity } = sources[received.source].read(received);
  const { name, direction } = findQueue(hook.queue_id, known) ?? {};
  const scope = { tenant: known.tenant, source: nameSource(received.source, origin) };
  const event: QueueEvent = Object.assign(hook, {
    id: identify(findScope(scope), identity),
    ...scope,
    received_at: received.receivedAt,
    queue_name: name,
    direction,
    variables,
  });
  await enqueue(event);
  return event;
}

/** Webitel has no name in its events: they are what they were when it was the only source. */
function nameSource(source: SourceName, origin: string | undefined): string | undefined {
  if (source === 'webitel') return undefined;
  return origin === undefined ? source : `${source}:${origin}`;
}

const findQueue = (id: string | undefined, { queues }: Knowledge) =>
  id !== undefined && Object.hasOwn(queues, id) ? queues[id] : undefined;
