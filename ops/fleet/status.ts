// How every tenant of a stage does, worst first: one listing of stacks, and CloudWatch asked for hundreds of figures at
// a time.
import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { nameDeployment } from '../../local/deployed-names.ts';
import { listAlarming } from './alarms.ts';
import { ask, type Clients } from './clients.ts';
import { listStacks, type Stack } from './stacks.ts';

/** Null is what CloudWatch does not know: an empty queue that nobody asks for has no figures. */
export type Status = {
  readonly tenant: string;
  readonly stack: string;
  readonly region: string;
  /** CloudFormation's */
  readonly status: string;
  /** hash of the code; null when it was deployed by other means */
  readonly code: string | null;
  /** hash of code, settings and queues; null when it was deployed by other means */
  readonly content: string | null;
  readonly waiting: number | null;
  readonly oldest_seconds: number | null;
  readonly dead_letters: number | null;
  readonly quarantine: number | null;
  /** to five minutes; null for none within a day */
  readonly last_accepted: string | null;
  /** of the functions, and hooks that were lost, within an hour */
  readonly errors: number;
  readonly alarms: readonly string[];
};

const FIVE_MINUTES = 300;
const HOUR = 3600;
const DAY = 24 * HOUR;
/** GetMetricData takes 500 figures a call, and answers 100,800 points: 288 for each figure of a day. */
const FIGURES = 500;
const FIGURES_OF_A_DAY = 350;

type Figure = { readonly tenant: string; readonly name: string; readonly query: Omit<MetricDataQuery, 'Id'> };
type Points = readonly { readonly at: number; readonly value: number }[];
type Known = ReadonlyMap<string, Points>;

/** @param now epoch milliseconds */
export async function examineFleet(clients: Clients, stage: string, now: number): Promise<Status[]> {
  const prefix = `hookline-${stage}--`;
  const stacks = await listStacks(clients, prefix);
  const tenants = stacks.map(({ name }) => name.slice(prefix.length));
  const [known, accepted, alarms] = await Promise.all([
    fetchAll(
      clients,
      tenants.flatMap((tenant) => figuresOf(stage, tenant)),
      HOUR,
      FIGURES,
      now,
    ),
    fetchAll(
      clients,
      tenants.map((tenant) => acceptedOf(stage, tenant)),
      DAY,
      FIGURES_OF_A_DAY,
      now,
    ),
    listAlarming(clients, prefix),
  ]);
  return stacks
    .map((stack, place) => {
      const tenant = tenants[place] ?? '';
      const points = (name: string) => known.get(`${tenant} ${name}`) ?? [];
      const newest = (name: string) => points(name).at(-1)?.value ?? null;
      const last = (accepted.get(`${tenant} accepted`) ?? []).findLast(({ value }) => value > 0);
      return {
        tenant,
        stack: stack.name,
        region: clients.region,
        status: stack.status,
        code: stack.outputs['Code'] ?? null,
        content: stack.outputs['Content'] ?? null,
        waiting: newest('waiting'),
        oldest_seconds: newest('oldest'),
        dead_letters: newest('deadLetters'),
        quarantine: newest('quarantine'),
        last_accepted: last === undefined ? null : new Date(last.at).toISOString(),
        errors: ['door', 'consumer', 'sweep', 'lost']
          .flatMap(points)
          .reduce((sum, { value }) => sum + value, 0),
        alarms: [...alarms.keys()].filter((name) => ownAlarm(stack, name, tenants, prefix)).sort(),
      };
    })
    .sort(worstFirst);
}

/** The longest tenant whose name an alarm begins with: acme-east's are none of acme's. */
function ownAlarm({ name }: Stack, alarm: string, tenants: readonly string[], prefix: string): boolean {
  const owners = tenants.filter((tenant) => alarm.startsWith(`${prefix}${tenant}-`));
  const longest = owners.reduce((long, tenant) => (tenant.length > long.length ? tenant : long), '');
  return owners.length > 0 && name === `${prefix}${longest}`;
}

/** Is its stack in a state that lasts, with all that belongs to it? */
export const isInOrder = ({ status }: Pick<Status, 'status'>): boolean =>
  /^(?:CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK|IMPORT_ROLLBACK)_COMPLETE$/.test(status);

/** What is wrong before what waits; a stack that is not in order before all. */
const severity = (each: Status): readonly number[] => [
  isInOrder(each) ? 0 : 1,
  each.alarms.length,
  each.errors,
  each.dead_letters ?? 0,
  each.oldest_seconds ?? 0,
  each.quarantine ?? 0,
  each.waiting ?? 0,
];

/** Compares for a sort. */
export function worstFirst(a: Status, b: Status): number {
  const [ours, theirs] = [severity(a), severity(b)];
  for (const [place, own] of ours.entries()) {
    const other = theirs[place] ?? 0;
    if (own !== other) return other - own;
  }
  return a.tenant.localeCompare(b.tenant);
}

function figuresOf(stage: string, tenant: string): Figure[] {
  const names = nameDeployment(stage, tenant);
  const figure = (
    name: string,
    Namespace: string,
    MetricName: string,
    dimension: string,
    of: string,
    Stat: string,
  ) => {
    const Metric = { Namespace, MetricName, Dimensions: [{ Name: dimension, Value: of }] };
    return { tenant, name, query: { MetricStat: { Metric, Stat, Period: FIVE_MINUTES } } };
  };
  const visible = (name: string, queue: string) =>
    figure(name, 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', queue, 'Maximum');
  return [
    visible('waiting', names.events),
    visible('deadLetters', names.deadLetters),
    visible('quarantine', names.quarantine),
    figure('oldest', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', names.events, 'Maximum'),
    figure('door', 'AWS/Lambda', 'Errors', 'FunctionName', names.webhook, 'Sum'),
    figure('consumer', 'AWS/Lambda', 'Errors', 'FunctionName', names.consumer, 'Sum'),
    figure('sweep', 'AWS/Lambda', 'Errors', 'FunctionName', names.sweep, 'Sum'),
    figure('lost', 'Hookline', 'lost', 'function', names.webhook, 'Sum'),
  ];
}

function acceptedOf(stage: string, tenant: string): Figure {
  const Dimensions = [{ Name: 'function', Value: nameDeployment(stage, tenant).webhook }];
  const Metric = { Namespace: 'Hookline', MetricName: 'accepted', Dimensions };
  return { tenant, name: 'accepted', query: { MetricStat: { Metric, Stat: 'Sum', Period: FIVE_MINUTES } } };
}

/** The points of each figure, oldest first, by tenant and name. @param span seconds before now */
async function fetchAll(
  { cloudWatch }: Clients,
  figures: readonly Figure[],
  span: number,
  most: number,
  now: number,
): Promise<Known> {
  const known = new Map<string, Points>();
  for (let from = 0; from < figures.length; from += most) {
    const batch = figures.slice(from, from + most);
    const MetricDataQueries = batch.map(({ query }, place) => ({ ...query, Id: `m${place}` }));
    const window = { StartTime: new Date(now - span * 1000), EndTime: new Date(now) };
    let NextToken: string | undefined;
    do {
      const page = await ask(
        'CloudWatch',
        cloudWatch.send(
          new GetMetricDataCommand({ MetricDataQueries, ScanBy: 'TimestampAscending', NextToken, ...window }),
        ),
      );
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const { tenant, name } = batch[Number(Id.slice(1))] ?? { tenant: '', name: '' };
        const points = Timestamps.map((at, place) => ({ at: at.getTime(), value: Values[place] ?? 0 }));
        known.set(`${tenant} ${name}`, [...(known.get(`${tenant} ${name}`) ?? []), ...points]);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return known;
}
