// What CloudWatch counts of a deployment: refusals that keep nothing, batches given back, the oldest event, lost hooks.
import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Counts, TurnedAway } from '../../live/console/schema.ts';
import type { DeployedNames } from '../../local/deployed-names.ts';
import { type Finding, failed, failure, good, warning } from '../doctor/finding.ts';
import { ask, type Clients } from '../fleet/clients.ts';
import { ago } from '../output.ts';
import { explained } from '../trouble.ts';
import { remedies } from './lines.ts';

const MINUTE = 60_000;
/** CloudWatch bills each figure of each call, so that it is asked no more often, ms. */
const PAUSE = MINUTE;
const HOUR = 60 * MINUTE;
/** A point of the queue that is older says nothing of now, ms; the alarm on the oldest event is at this age, too, s. */
const STALE = 10 * MINUTE;
const OLD = 300;

export type Metrics = {
  /** Asks CloudWatch, if the last answer is a minute old. Never rejects. */
  readonly refresh: () => Promise<void>;
  readonly describe: () => Counts;
  readonly examine: (now: number) => readonly Finding[];
};

/** By name, each point by its minute, epoch ms. */
type Points = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** @param clock epoch ms */
export function openMetrics(
  clients: Pick<Clients, 'cloudWatch'>,
  names: DeployedNames,
  clock = Date.now,
): Metrics {
  let points: Points | undefined;
  let trouble: unknown;
  let asked = Number.NEGATIVE_INFINITY;

  return {
    refresh: async () => {
      const now = clock();
      if (now - asked < PAUSE) return;
      asked = now;
      try {
        points = await fetchPoints(clients, listFigures(names), now);
        trouble = undefined;
      } catch (error) {
        trouble = error;
      }
    },
    describe: () => ({
      by: 'CloudWatch',
      failure: trouble === undefined ? null : explained(trouble),
      turnedAway: points === undefined ? [] : countTurnedAway(points),
      givenBack: list(points, 'given_back').map(([at, count]) => ({ at, count, causes: [] })),
      repeats: null,
    }),
    examine: (now) => {
      if (trouble !== undefined)
        return [failure('CloudWatch', trouble, 'check the region and the credentials')];
      return points === undefined ? [] : [describeOldest(points, now), describeLost(points)];
    },
  };
}

type Figure = Omit<MetricDataQuery, 'Id'> & { readonly Id: string };

function listFigures({ webhook, consumer, events }: DeployedNames): readonly Figure[] {
  const figure = (
    Id: string,
    Namespace: string,
    MetricName: string,
    Name: string,
    Value: string,
    Stat: string,
  ): Figure => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: [{ Name, Value }] }, Stat, Period: 60 },
  });
  const ofFunction = (name: string, of: string) => figure(name, 'Hookline', name, 'function', of, 'Sum');
  return [
    ...['unauthorized', 'refused', 'quarantined', 'lost'].map((name) => ofFunction(name, webhook)),
    ofFunction('given_back', consumer),
    figure('oldest', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', events, 'Maximum'),
  ];
}

async function fetchPoints(
  { cloudWatch }: Pick<Clients, 'cloudWatch'>,
  figures: readonly Figure[],
  now: number,
): Promise<Points> {
  const points = new Map(figures.map(({ Id }) => [Id, new Map<number, number>()]));
  const asked = { MetricDataQueries: [...figures], StartTime: new Date(now - HOUR), EndTime: new Date(now) };
  let NextToken: string | undefined;
  do {
    const page = await ask('CloudWatch', cloudWatch.send(new GetMetricDataCommand({ ...asked, NextToken })));
    for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
      for (const [place, at] of Timestamps.entries())
        points.get(Id)?.set(Math.floor(at.getTime() / MINUTE) * MINUTE, Values[place] ?? 0);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return points;
}

/** The points of a figure that are not zero, newest first. */
const list = (points: Points | undefined, name: string): (readonly [number, number])[] =>
  [...(points?.get(name) ?? [])].filter(([, value]) => value > 0).sort(([one], [other]) => other - one);

/** The webhook counts what it keeps among the refused, and so it does those without a live token. */
function countTurnedAway(points: Points): TurnedAway[] {
  const at = (name: string, minute: number) => points.get(name)?.get(minute) ?? 0;
  return list(points, 'refused').flatMap(([minute, refused]) => {
    const wrongToken = at('unauthorized', minute);
    const others = refused - wrongToken - at('quarantined', minute);
    return [
      { minute, status: 401, path: null, count: wrongToken, remedy: remedies[401] ?? '' },
      { minute, status: null, path: null, count: others, remedy: OTHERS },
    ].filter(({ count }) => count > 0);
  });
}

const OTHERS =
  'A wrong URL, method or address, or a body that is too large: the lines “refused” in the log of the webhook have the status and the path.';

function describeOldest(points: Points, now: number): Finding {
  const [newest] = [...(points.get('oldest') ?? [])].sort(([one], [other]) => other - one);
  const check = 'oldest event';
  if (newest === undefined || now - newest[0] > STALE)
    return good(check, 'CloudWatch has no figure of the last minutes, as of a queue that nobody uses');
  const [at, seconds] = newest;
  const detail = `${seconds} s old in SQS, as CloudWatch counted ${ago(at, now)} ago`;
  return seconds > OLD
    ? warning(check, detail, 'look at the log of the consumer: the lines “given back” have the remedy')
    : good(check, detail);
}

function describeLost(points: Points): Finding {
  const lost = list(points, 'lost').reduce((sum, [, count]) => sum + count, 0);
  const detail = `${lost} within an hour, as CloudWatch counted`;
  return lost === 0
    ? good('lost hooks', detail)
    : failed(
        'lost hooks',
        detail,
        'the lines “lost: SQS took nothing” in the log of the webhook have the remedy',
      );
}
