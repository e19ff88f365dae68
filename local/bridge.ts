// The whole bridge on this machine, the very functions that are deployed: HTTP API → SQS → consumer → Redis.
import { join } from 'node:path';
import { bundle, type FunctionName } from './bundle.ts';
import { queueEnv, type SqsServer, startSqs } from './sqs-server.ts';
import type { ConsumerData, Tampering } from './threads/consumer-thread.ts';
import type { FunctionData } from './threads/in-thread.ts';
import { type KeptThread, keepThread } from './threads/kept-thread.ts';
import type { SweepData } from './threads/sweep-thread.ts';
import { startThread } from './threads/thread.ts';
import type { WebhookData } from './threads/webhook-thread.ts';

type Sandbox = Pick<KeptThread<unknown>, 'kill'>;

export type Bridge = {
  readonly url: string;
  readonly sqs: SqsServer;
  readonly webhook: Sandbox;
  readonly consumer: Sandbox;
  readonly sweep: Sandbox;
  /** Takes no more requests, lets what is in flight finish, and stops everything it started. */
  readonly stop: () => Promise<void>;
};

export type BridgeSettings = {
  /** of the door; without, loopback */
  readonly host?: string;
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
  /** milliseconds from one sweep of calls that never left to the next; a minute unless given */
  readonly sweepEvery?: number;
  /** without the log lines of the functions */
  readonly quiet?: boolean;
  readonly tampering?: Tampering;
  /** where the figures of the functions' log lines go */
  readonly figures?: string;
};

/** Rejects, with nothing left running, when a part can't start. */
export async function startBridge(settings: BridgeSettings): Promise<Bridge> {
  const {
    host = '127.0.0.1',
    buildFolder,
    queueFolder,
    events,
    quiet = false,
    tampering,
    figures,
    sweepEvery = 60_000,
  } = settings;
  // Stopped in the reverse order: the front first, the queues last.
  await using starting = new AsyncDisposableStack();
  const sqs = await startSqs(queueFolder, events);
  starting.defer(sqs.stop);
  await bundle(buildFolder);
  const env = { ...settings.env, ...queueEnv(sqs) };
  const functionData = (name: FunctionName): FunctionData => ({
    file: join(buildFolder, name, `${name}.mjs`),
    quiet,
    figures,
  });

  const consumer = await keepThread('consumer', () => {
    const queue = { endpoint: sqs.endpoint, queueUrl: sqs.queues.events };
    const data: ConsumerData = { ...functionData('consumer'), ...queue, tampering };
    return startThread<'ready'>(new URL('./threads/consumer-thread.ts', import.meta.url), data, env);
  });
  starting.defer(consumer.stop);

  const sweep = await keepThread('sweep', () => {
    const data: SweepData = { ...functionData('sweep'), every: sweepEvery };
    return startThread<'ready'>(new URL('./threads/sweep-thread.ts', import.meta.url), data, env);
  });
  starting.defer(sweep.stop);

  let { port } = settings;
  const webhook = await keepThread('webhook', () => {
    const data: WebhookData = { ...functionData('webhook'), place: { host, port } };
    return startThread<string>(new URL('./threads/webhook-thread.ts', import.meta.url), data, env);
  });
  starting.defer(webhook.stop);
  const url = webhook.ready;
  // The next sandbox is where this one was.
  port = Number(new URL(url).port);

  const running = starting.move();
  return { url, sqs, webhook, consumer, sweep, stop: () => running.disposeAsync() };
}
