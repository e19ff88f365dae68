// What many tenants cost that have few events: what each costs while nothing happens, and what lowers that.
import { costPerSecond, type End, type Front, MEMORY_GB, sum } from './cost.ts';
import { measured } from './figures.ts';
import { type Price, prices } from './prices.ts';

const MONTH = 30 * 86_400;
const HOURS = 30 * 24;
/** Of the webhook and of the consumer, whose sandboxes both start. */
const STARTED_GB = MEMORY_GB.webhook + MEMORY_GB.consumer;
const MILLION = 1e6;

const aMonth = { taken: '2026-11-23', region: 'US East' };

/** What stands beside a stack. */
export const fleetPrices = {
  secret: {
    ...aMonth,
    usd: 0.4,
    per: 'month',
    dated: 'undated',
    source: 'Hivebook, AWS Secrets Manager',
    url: 'https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms',
    usage: 'EUC1-AWSSecretsManager-Secrets',
  },
  'Fargate vCPU': {
    ...aMonth,
    usd: 0.04048,
    per: 'hour, x86',
    dated: '2026',
    source: 'Fortem, AWS Fargate Pricing',
    url: 'https://www.fortem.dev/blog/aws-fargate-pricing-real-costs',
    usage: 'EUC1-Fargate-vCPU-Hours:perCPU',
  },
  'Fargate memory': {
    ...aMonth,
    usd: 0.004445,
    per: 'GB-hour, x86',
    dated: '2026',
    source: 'Fortem, AWS Fargate Pricing',
    url: 'https://www.fortem.dev/blog/aws-fargate-pricing-real-costs',
    usage: 'EUC1-Fargate-GB-Hours',
  },
  'load balancer': {
    ...aMonth,
    usd: 22,
    per: 'month, with little traffic',
    dated: '2026',
    source: 'Fortem, AWS Fargate Pricing',
    url: 'https://www.fortem.dev/blog/aws-fargate-pricing-real-costs',
    usage: 'EUC1-LoadBalancerUsage',
  },
} as const satisfies Record<string, Price>;

/** Since August 2025 Lambda bills the start of a sandbox of Node, too. */
export const fleetAssumed = {
  'cold start billed': { cheap: 200, dear: 900, unit: 'ms', why: 'by memory: docs/performance.md' },
  'sandbox kept': { cheap: 600, dear: 300, unit: 's', why: 'without an event; AWS promises nothing' },
} as const;

/** Rates of small tenants, events a second; 0 is one without events. */
export const smallRates: readonly number[] = [0, 0.01, 0.1];

/** What a stack without events is billed for, US dollars a month. */
export const floor = (): Readonly<Record<string, number>> => ({
  alarms: measured.alarms.value * prices.alarm.usd,
  'metrics, while events come': measured['custom metrics'].value * prices['custom metric'].usd,
  'a dashboard of its own': prices.dashboard.usd,
  'asking an empty queue': costPerSecond('HTTP API', 0, 'dear').queue * MONTH,
  'a secret': fleetPrices.secret.usd,
});

/** The share of events that find no sandbox: of events that come at random. */
export const coldShare = (rate: number, end: End): number =>
  rate === 0 ? 0 : Math.exp(-rate * fleetAssumed['sandbox kept'][end]);

/** US dollars a month for the starts of both functions. */
export function coldStarts(rate: number, end: End): number {
  const starts = rate * coldShare(rate, end) * MONTH;
  const seconds = fleetAssumed['cold start billed'][end] / 1_000;
  return (starts * seconds * STARTED_GB * prices['Lambda arm64'].usd) / MILLION;
}

/** US dollars a month for a tenant; without a dashboard of its own when that is off. */
export function tenantAMonth(front: Front, rate: number, end: End, dashboard: boolean): number {
  const idle = rate === 0 ? (floor()['metrics, while events come'] ?? 0) : 0;
  const own = measured.dashboards.value * prices.dashboard.usd;
  const stack = sum(costPerSecond(front, rate, end)) * MONTH - own + (dashboard ? prices.dashboard.usd : 0);
  // Metrics are billed in the hours in which a figure comes.
  return stack - (end === 'cheap' ? idle : 0) + coldStarts(rate, end) + fleetPrices.secret.usd;
}

/** US dollars a month for live gateways as deploy/live/task-definition.json has them. @param tasks of each tenant */
export const gatewaysAMonth = (tenants: number, tasks: number, balancers: number): number =>
  tenants * tasks * HOURS * (0.5 * fleetPrices['Fargate vCPU'].usd + fleetPrices['Fargate memory'].usd) +
  balancers * fleetPrices['load balancer'].usd;
