// What a million events cost on AWS in Frankfurt: prices × figures measured here × assumptions with two ends.
import { assumed, measured } from './figures.ts';
import { prices } from './prices.ts';

/** The cheap end takes every assumption's cheaper value, the dear end every dearer one. */
export type End = 'cheap' | 'dear';
export type Front = 'HTTP API' | 'function URL';

/** As a stack has it by default. */
export const MEMORY_GB = { webhook: 1, consumer: 0.5 };
const BATCH = 10;
const POLL_SECONDS = 20;
const MONTH = 30 * 86_400;
const KB = 1_024;
const GB = 1e9;
const MILLION = 1e6;

export const fronts: readonly Front[] = ['HTTP API', 'function URL'];
export const rates: readonly number[] = [1, 10, 100, 1_000];

export type Parts = Readonly<
  Record<'front' | 'webhook' | 'queue' | 'consumer' | 'logs' | 'transfer' | 'watching', number>
>;

/** Events that a batch holds: those that come while a poller is away with the one before, 1 to 10. */
export function batchAt(rate: number, end: End): number {
  const away = (assumed['poller away'][end] + assumed['consumer billed'][end]) / 1_000;
  return Math.min(BATCH, Math.max(1, (rate * away) / assumed['pollers under load'][end]));
}

/** Receives a second that find nothing: of events that come at random, none came to a poller for 20 s. */
export function emptyReceives(rate: number, end: End): number {
  const pollers = assumed['pollers idle'][end];
  return rate === 0 ? pollers / POLL_SECONDS : rate / Math.expm1((POLL_SECONDS * rate) / pollers);
}

/** US dollars a second, by what they are paid for. @param rate events a second, sustained; 0 is an idle stack */
export function costPerSecond(front: Front, rate: number, end: End): Parts {
  const size = batchAt(rate, end);
  const batches = rate / size;
  const lambda = (name: keyof typeof MEMORY_GB, invocations: number, milliseconds: number) =>
    (invocations * prices['Lambda request'].usd +
      invocations * (milliseconds / 1_000) * MEMORY_GB[name] * prices['Lambda arm64'].usd) /
    MILLION;
  const chunks = (bytes: number) => Math.ceil(bytes / (64 * KB));
  const requests =
    rate * chunks(measured['event in SQS'].value) +
    batches * chunks(size * measured['event in SQS'].value) +
    batches +
    emptyReceives(rate, end);
  const line = (bytes: number) => bytes + assumed['log event'][end];
  const lambdaLog = assumed['log of Lambda'][end] + 3 * assumed['log event'][end];
  const accessLog = assumed['log of the HTTP API'][end] + assumed['log event'][end];
  const logged =
    rate * (line(measured['webhook log'].value) + lambdaLog) +
    batches * (line(measured['consumer log'].value) + lambdaLog) +
    rate * measured['consumer log, each event'].value +
    (front === 'HTTP API' ? rate * accessLog : 0);
  const leaving =
    rate * (assumed.answer[end] + assumed['to Redis, leaving AWS'][end] * measured['to Redis'].value);
  return {
    front: (rate * prices[front].usd) / MILLION,
    webhook: lambda('webhook', rate, assumed['webhook billed'][end]),
    queue: (requests * prices['SQS FIFO'].usd) / MILLION,
    consumer: lambda('consumer', batches, assumed['consumer billed'][end]),
    logs: (logged * prices['log ingestion'].usd) / GB,
    transfer: (leaving * prices['transfer out'].usd) / GB,
    watching: watching() / MONTH,
  };
}

export const sum = (parts: Parts): number => Object.values(parts).reduce((total, part) => total + part, 0);

/** US dollars a month for what watches a stack. */
const watching = () =>
  measured['custom metrics'].value * prices['custom metric'].usd +
  measured.alarms.value * prices.alarm.usd +
  measured.dashboards.value * prices.dashboard.usd;

/** A front at a rate: US dollars for a million events by part, and for a month of 30 days, at one end. */
export type Cost = {
  readonly end: End;
  readonly batch: number;
  readonly parts: Parts;
  readonly perMillion: number;
  readonly perMonth: number;
};

export function costOf(front: Front, rate: number, end: End): Cost {
  const second = costPerSecond(front, rate, end);
  const million = (dollars: number) => (dollars * MILLION) / rate;
  const parts: Parts = {
    front: million(second.front),
    webhook: million(second.webhook),
    queue: million(second.queue),
    consumer: million(second.consumer),
    logs: million(second.logs),
    transfer: million(second.transfer),
    watching: million(second.watching),
  };
  return {
    end,
    batch: batchAt(rate, end),
    parts,
    perMillion: sum(parts),
    perMonth: sum(second) * MONTH,
  };
}

/** US dollars a month: a stack without events, and a webhook environment that is kept warm. */
export const monthly = {
  idle: sum(costPerSecond('HTTP API', 0, 'dear')) * MONTH,
  warm: (prices['provisioned arm64'].usd * MEMORY_GB.webhook * MONTH) / MILLION,
};
