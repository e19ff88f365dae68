// The sandbox of the consumer, with the event source mapping in it: a message crosses no thread.
import { workerData } from 'node:worker_threads';
import { startEventSourceMapping } from '../event-source-mapping.ts';
import { sqsClient } from '../sqs-client.ts';
import { type FunctionData, type Invoke, importHandler, untilToldToStop } from './in-thread.ts';

/** A module whose `tamper(invoke, data)` stands between the event source mapping and the consumer. */
export type Tampering = { readonly module: string; readonly data: unknown };

export type ConsumerData = FunctionData & {
  readonly endpoint: string;
  readonly queueUrl: string;
  readonly tampering?: Tampering | undefined;
};

const data: ConsumerData = workerData;
const invoke = await importHandler(data);
const mapping = startEventSourceMapping(sqsClient(data), data.queueUrl, await tampered(data.tampering));
await untilToldToStop('ready', mapping.stop);

async function tampered(tampering?: Tampering): Promise<Invoke> {
  if (tampering === undefined) return invoke;
  const { tamper }: { readonly tamper: (invoke: Invoke, data: unknown) => Invoke } = await import(
    tampering.module
  );
  return tamper(invoke, tampering.data);
}
