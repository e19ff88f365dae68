// The whole bridge on this machine, the very functions that are deployed: HTTP API → SQS → consumer → Redis.
import { join } from 'node:path';
import { bundle, type FunctionName } from './bundle.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { startHttpApi } from './http-api.ts';
import { type Invoke, type LocalFunction, startFunction } from './sandbox.ts';
import { sqsClient } from './sqs-client.ts';
import { queueEnv, type SqsServer, startSqs } from './sqs-server.ts';

export type Bridge = {
  readonly url: string;
  readonly sqs: SqsServer;
  readonly consumer: LocalFunction;
  /** Takes no more requests, lets what is in flight finish, and stops everything it started. */
  readonly stop: () => Promise<void>;
};

export type BridgeSettings = {
  /** 0 takes a free one */
  readonly port: number;
  /** where the bundles are made */
  readonly buildFolder: string;
  /** where the queues are kept; without, in memory */
  readonly queueFolder?: string;
  /** the settings of the functions, HOOK_TOKENS and REDIS_URL among them */
  readonly env: NodeJS.ProcessEnv;
  /** attributes of the events queue that differ from the deployed ones */
  readonly events?: Record<string, string>;
  /** without the log lines of the functions */
  readonly quiet?: boolean;
  /** stands between the event source mapping and the consumer */
  readonly tamper?: (invoke: Invoke) => Invoke;
};

/** Rejects, with nothing left running, when a part can't start. */
export async function startBridge(settings: BridgeSettings): Promise<Bridge> {
  const { port, buildFolder, queueFolder, env, events, quiet, tamper = (invoke) => invoke } = settings;
  // Stopped in the reverse order: the front first, the queues last.
  await using starting = new AsyncDisposableStack();
  const sqs = await startSqs(queueFolder, events);
  starting.defer(sqs.stop);
  const client = sqsClient(sqs);
  starting.defer(async () => client.destroy());

  await bundle(buildFolder);
  const start = async (name: FunctionName) => {
    const started = await startFunction(
      join(buildFolder, name, `${name}.mjs`),
      { ...env, ...queueEnv(sqs) },
      quiet,
    );
    starting.defer(started.kill);
    return started;
  };
  const consumer = await start('consumer');
  const mapping = startEventSourceMapping(client, sqs.queues.events, tamper(consumer.invoke));
  starting.defer(mapping.stop);
  const webhook = await start('webhook');
  const api = await startHttpApi(port, webhook.invoke);
  starting.defer(api.stop);

  const running = starting.move();
  return { url: api.url, sqs, consumer, stop: () => running.disposeAsync() };
}
