// The figures that prices are multiplied by: those measured here, and those assumed, with two ends.

export type Measured = { readonly value: number; readonly unit: string; readonly how: string };
export type Assumed = {
  readonly cheap: number;
  readonly dear: number;
  readonly unit: string;
  readonly why: string;
};

export const measured = {
  'event in SQS': { value: 1_000, unit: 'bytes', how: 'the largest example hook is 978, the median 628' },
  'webhook log': { value: 350, unit: 'bytes', how: 'the accepted line, mean of the five events of a call' },
  'consumer log': { value: 617, unit: 'bytes', how: 'the relayed line without its events' },
  'consumer log, each event': { value: 107, unit: 'bytes', how: 'what each event adds to the relayed line' },
  'to Redis': { value: 1_483, unit: 'bytes', how: "Redis's own count for each event, in batches of one" },
  'custom metrics': { value: 14, unit: '', how: 'names of figures in the lines of both functions' },
  alarms: { value: 14, unit: '', how: 'metrics that alarms watch, the HTTP API with its three' },
  dashboards: { value: 0, unit: '', how: 'unless the tenant has one of its own' },
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
    why: 'waits for SQS; its own CPU is 0.6 ms (bench door)',
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
