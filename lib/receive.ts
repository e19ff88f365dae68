// Delivery → event → queue.
import type { QueueEvent } from './event.ts';
import { identify } from './identity.ts';
import { readWebitel } from './sources/webitel.ts';

/** Puts an event on the line, durably. Rejects when it was not taken. */
export type Enqueue = (event: QueueEvent) => Promise<void>;

/** A hook as it was delivered, whatever the transport. */
export type Delivery = {
  readonly body: Uint8Array;
  /** the last segment of the URL, when there is one */
  readonly segment?: string | undefined;
  /** the `Idempotency-Key` or `webhook-id` header */
  readonly key?: string | undefined;
  /** epoch milliseconds */
  readonly receivedAt: number;
};

/** What the operator knows and Webitel doesn't say. */
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
export async function receive(delivery: Delivery, known: Knowledge, enqueue: Enqueue): Promise<QueueEvent> {
  const { hook, variables } = readWebitel(delivery.body, delivery.segment);
  const { name, direction } = queueOf(hook.queue_id, known) ?? {};
  const event: QueueEvent = Object.assign(hook, {
    id: identify(known.tenant, hook, delivery.key),
    tenant: known.tenant,
    received_at: delivery.receivedAt,
    queue_name: name,
    direction,
    variables,
  });
  await enqueue(event);
  return event;
}

const queueOf = (id: string | undefined, { queues }: Knowledge) =>
  id !== undefined && Object.hasOwn(queues, id) ? queues[id] : undefined;
