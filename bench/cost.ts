// What a million events cost on AWS in Frankfurt: dated prices × figures measured here × assumptions with two ends.

/** The cheap end takes every assumption's cheaper value, the dear end every dearer one. */
export type End = 'cheap' | 'dear';
export type Front = 'HTTP API' | 'function URL';

/** A unit price in US dollars. */
export type Price = {
  readonly usd: number;
  readonly per: string;
  /** the region that the source speaks of */
  readonly region: string;
  /** the date that the source itself bears */
  readonly dated: string;
  /** when it was taken from there */
  readonly taken: string;
  readonly source: string;
  /** the source itself, or AWS's page of the subject where the source has no address */
  readonly url: string;
  /** the usage type of this price in AWS's own price list for the region */
  readonly usage: string;
};

export type Measured = { readonly value: number; readonly unit: string; readonly how: string };
export type Assumed = {
  readonly cheap: number;
  readonly dear: number;
  readonly unit: string;
  readonly why: string;
};

const taken = '2026-11-20';
const cloudWatchPlans = {
  taken,
  dated: '2026-05-05',
  source: 'API Evangelist, CloudWatch plans',
  url: 'https://github.com/api-evangelist/cloudwatch/blob/main/plans/cloudwatch-plans-pricing.yml',
};
const lambdaPlans = {
  taken,
  dated: '2026-05-05',
  source: 'API Evangelist, AWS Lambda plans',
  url: 'https://github.com/api-evangelist/aws-lambda/blob/main/plans/aws-lambda-plans-pricing.yml',
};
const pricebook = {
  taken,
  dated: '2026-03-26',
  source: 'a CloudHealth pricebook, CloudWatch List Pricing',
  url: 'https://aws.amazon.com/cloudwatch/pricing/',
};

export const prices = {
  'Lambda request': {
    usd: 0.2,
    per: 'million',
    region: 'US East',
    ...lambdaPlans,
    usage: 'EUC1-Request-ARM',
  },
  'Lambda arm64': {
    usd: 13.3334,
    per: 'million GB-s',
    region: 'Frankfurt',
    dated: 'undated',
    taken,
    source: 'artillery 2.0.28, prices.js',
    url: 'https://github.com/artilleryio/artillery/blob/main/packages/artillery/lib/platform/aws-lambda/prices.js',
    usage: 'EUC1-Lambda-GB-Second-ARM',
  },
  'HTTP API': {
    usd: 1.2,
    per: 'million × 512 KB',
    region: 'Frankfurt',
    dated: 'undated',
    taken,
    source: "a public project's estimate for Frankfurt",
    url: 'https://aws.amazon.com/api-gateway/pricing/',
    usage: 'EUC1-ApiGatewayHttpRequest',
  },
  'function URL': {
    usd: 0,
    per: 'request',
    region: 'US East',
    ...lambdaPlans,
    usage: 'none',
  },
  'SQS FIFO': {
    usd: 0.5,
    per: 'million × 64 KB',
    region: 'US East',
    dated: '2026-06-13',
    taken,
    source: 'FactualMinds, Amazon SQS Pricing',
    url: 'https://www.factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard/',
    usage: 'EUC1-Requests-FIFO-Tier1',
  },
  'log ingestion': {
    usd: 0.63,
    per: 'GB',
    region: 'Frankfurt',
    ...pricebook,
    usage: 'EUC1-DataProcessing-Bytes',
  },
  'transfer out': {
    usd: 0.09,
    per: 'GB',
    region: 'US East',
    dated: '2026-09-20',
    taken,
    source: 'API Evangelist, Amazon Web Services plans',
    url: 'https://github.com/api-evangelist/amazon-web-services/blob/main/plans/amazon-web-services-plans-pricing.yml',
    usage: 'EUC1-DataTransfer-Out-Bytes',
  },
  'custom metric': {
    usd: 0.3,
    per: 'month',
    region: 'US East',
    ...cloudWatchPlans,
    usage: 'EUC1-CW:MetricMonitorUsage',
  },
  alarm: {
    usd: 0.1,
    per: 'month',
    region: 'US East',
    ...cloudWatchPlans,
    usage: 'EUC1-CW:AlarmMonitorUsage',
  },
  dashboard: {
    usd: 3,
    per: 'month',
    region: 'every',
    ...pricebook,
    usage: 'DashboardsUsageHour-Basic',
  },
  'provisioned arm64': {
    usd: 3.3334,
    per: 'million GB-s',
    region: 'not said',
    dated: 'undated',
    taken,
    source: 'several public cost tables that agree',
    url: 'https://aws.amazon.com/lambda/pricing/',
    usage: 'EUC1-Lambda-Provisioned-Concurrency-ARM',
  },
} as const satisfies Record<string, Price>;

export const measured = {
  'event in SQS': { value: 1_000, unit: 'bytes', how: 'the largest example hook is 978, the median 628' },
  'webhook log': { value: 334, unit: 'bytes', how: 'the accepted line, mean of the five events of a call' },
  'consumer log': { value: 563, unit: 'bytes', how: 'the relayed line without its events' },
  'consumer log, each event': { value: 93, unit: 'bytes', how: 'what each event adds to the relayed line' },
  'to Redis': { value: 1_483, unit: 'bytes', how: "Redis's own count for each event, in batches of one" },
  'custom metrics': { value: 13, unit: '', how: 'names of figures in the lines of both functions' },
  alarms: { value: 13, unit: '', how: 'metrics that alarms watch, the HTTP API with its three' },
  dashboards: { value: 1, unit: '', how: 'in deploy/dashboard.yml' },
} as const satisfies Record<string, Measured>;

// A request id, a time and a REPORT such as Lambda writes them.
const id = '00000000-0000-0000-0000-000000000000';
const lambdaLines =
  `START RequestId: ${id} Version: $LATEST\nEND RequestId: ${id}\n` +
  `REPORT RequestId: ${id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 110 MB\t\n`;
const accessLine = JSON.stringify({
  requestId: 'AbCdEfGhIjKlMnOp=',
  time: '20/Nov/2026:11:00:00 +0000',
  route: '$default',
  status: '202',
  latency: '25',
  error: '-',
});

export const assumed = {
  'webhook billed': {
    cheap: 10,
    dear: 30,
    unit: 'ms',
    why: 'waits for SQS; its own CPU is 0.5 ms (bench door)',
  },
  'consumer billed': {
    cheap: 5,
    dear: 20,
    unit: 'ms/batch',
    why: 'waits for Redis; its own CPU is 0.2 ms (bench relay)',
  },
  'poller away': {
    cheap: 45,
    dear: 15,
    unit: 'ms/batch',
    why: 'receive, invoke, delete, besides what the consumer takes',
  },
  'pollers under load': { cheap: 5, dear: 10, unit: '', why: 'Lambda adds some up to consumerConcurrency' },
  'pollers idle': { cheap: 5, dear: 5, unit: '', why: 'each asks again after 20 s without an event' },
  'log of Lambda': {
    cheap: lambdaLines.length,
    dear: lambdaLines.length,
    unit: 'bytes',
    why: 'START, END and REPORT of each invocation',
  },
  'log of the HTTP API': {
    cheap: accessLine.length,
    dear: accessLine.length,
    unit: 'bytes',
    why: 'the access log line; a function URL has none',
  },
  'log event': { cheap: 0, dear: 26, unit: 'bytes', why: 'overhead that PutLogEvents counts for each line' },
  answer: { cheap: 300, dear: 1_000, unit: 'bytes', why: 'a 202 with its headers' },
  'to Redis, leaving AWS': { cheap: 0, dear: 1, unit: 'share', why: 'Redis in the region, or elsewhere' },
} as const satisfies Record<string, Assumed>;

const MEMORY_GB = 0.5;
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
  const lambda = (invocations: number, milliseconds: number) =>
    (invocations * prices['Lambda request'].usd +
      invocations * (milliseconds / 1_000) * MEMORY_GB * prices['Lambda arm64'].usd) /
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
    webhook: lambda(rate, assumed['webhook billed'][end]),
    queue: (requests * prices['SQS FIFO'].usd) / MILLION,
    consumer: lambda(batches, assumed['consumer billed'][end]),
    logs: (logged * prices['log ingestion'].usd) / GB,
    transfer: (leaving * prices['transfer out'].usd) / GB,
    watching: watching() / MONTH,
  };
}

export const sum = (parts: Parts): number => Object.values(parts).reduce((total, part) => total + part, 0);

/** US dollars a month for metrics, alarms and the dashboard of a stack. */
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
  warm: (prices['provisioned arm64'].usd * MEMORY_GB * MONTH) / MILLION,
};
