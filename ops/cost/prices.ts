// The prices of AWS in Frankfurt, each with its source and dates.

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
    region: 'unknown',
    dated: 'undated',
    taken,
    source: 'several public cost tables that agree',
    url: 'https://aws.amazon.com/lambda/pricing/',
    usage: 'EUC1-Lambda-Provisioned-Concurrency-ARM',
  },
} as const satisfies Record<string, Price>;
