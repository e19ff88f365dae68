// One dashboard for a whole stage, as a stack of its own: what it searches for, new tenants have, too.

import { execute, propose } from './change-set.ts';
import type { Clients } from './clients.ts';
import { deployedTemplate, findStack, judge } from './stacks.ts';
import type { Template } from './template.ts';

/** No stack of a tenant has this name: theirs have two dashes after the stage. */
export const nameDashboard = (stage: string): string => `hookline-fleet-${stage}`;

type Search = readonly [
  title: string,
  schema: string,
  metric: string,
  statistic: string,
  /** words that the name must have, and that others of its kind do not */
  ending: string,
];

const SQS = 'AWS/SQS,QueueName';
const OWN = 'Hookline,function';
const ERRORS = 'AWS/Lambda,FunctionName';

/** Each shows the ten tenants with most of it. */
const searches: readonly Search[] = [
  ['Hooks accepted', OWN, 'accepted', 'Sum', 'webhook'],
  ['Hooks lost', OWN, 'lost', 'Sum', 'webhook'],
  ['Hooks without a live token (401)', OWN, 'unauthorized', 'Sum', 'webhook'],
  ['Age of the oldest event, s', SQS, 'ApproximateAgeOfOldestMessage', 'Maximum', 'events'],
  ['Events waiting', SQS, 'ApproximateNumberOfMessagesVisible', 'Maximum', 'events'],
  ['Dead letters', SQS, 'ApproximateNumberOfMessagesVisible', 'Maximum', 'dead letters'],
  ['Quarantine', SQS, 'ApproximateNumberOfMessagesVisible', 'Maximum', 'quarantine'],
  ['Errors of the webhook', ERRORS, 'Errors', 'Sum', 'webhook'],
  ['Errors of the consumer', ERRORS, 'Errors', 'Sum', 'consumer'],
  ['From the door to Redis, ms, p99', OWN, 'age_ms', 'p99', 'consumer'],
  ['CDRs', OWN, 'cdrs', 'Sum', 'consumer'],
  ['Entries of a CDR list', OWN, 'list_length', 'Maximum', 'consumer'],
];

const PERIOD = 300;

const PER_ROW = 3;

/** The template of the stack. CloudWatch bills one dashboard, however many tenants it shows. */
export function makeDashboard(stage: string, region: string): Template {
  const widgets = searches.map(([title, schema, metric, statistic, ending], place) => {
    // A search takes names apart at each dash.
    const words = `hookline ${stage.replaceAll('-', ' ')} ${ending}`;
    const search = `SEARCH('{${schema}} MetricName="${metric}" ${words}', '${statistic}', ${PERIOD})`;
    return {
      type: 'metric',
      x: (place % PER_ROW) * 8,
      y: Math.floor(place / PER_ROW) * 6,
      width: 8,
      height: 6,
      properties: {
        title,
        region,
        period: PERIOD,
        metrics: [[{ expression: `SORT(${search}, MAX, DESC, 10)`, id: 'worst' }]],
      },
    };
  });
  const Properties = { DashboardName: nameDashboard(stage), DashboardBody: JSON.stringify({ widgets }) };
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Every tenant of the stage ${stage}`,
    Resources: { Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties } },
  };
}

/** Answers whether anything had to be changed. */
export async function deployDashboard(clients: Clients, stage: string): Promise<boolean> {
  const stack = nameDashboard(stage);
  const current = await findStack(clients, stack);
  const state = judge(current);
  if (typeof state === 'object') throw new Error(`${stack}: ${state.problem}`);
  if (state === 'failed')
    throw new Error(`${stack}: its creation failed: aws cloudformation delete-stack --stack-name ${stack}`);
  const template = makeDashboard(stage, clients.region);
  const before = await deployedTemplate(clients, current);
  if (JSON.stringify(before) === JSON.stringify(template)) return false;
  const changeSet = await propose(clients, {
    stack,
    type: state === 'absent' ? 'CREATE' : 'UPDATE',
    template,
    tags: { project: 'hookline', stage },
  });
  if (changeSet !== undefined) await execute(clients, changeSet);
  return changeSet !== undefined;
}
