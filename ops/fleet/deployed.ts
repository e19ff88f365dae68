// One tenant that is deployed: its stack, and how many messages wait in its queues.

import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { nameDeployment } from '../../local/deployed-names.ts';
import { planTenant } from '../../local/package-tenant.ts';
import { ask, type Clients } from './clients.ts';
import { findQueue } from './retained.ts';
import { findStack, type Stack } from './stacks.ts';

export type Deployed = { readonly clients: Clients; readonly stack: Stack };

/** Its region is in its file; without a file, AWS_REGION. Throws when it is not deployed. */
export async function findDeployed(
  stage: string,
  tenant: string,
  folder: string,
  clientsOf: (region: string) => Clients,
): Promise<Deployed> {
  const { stack: name } = nameDeployment(stage, tenant);
  const planned = await planTenant(stage, tenant, folder).catch(() => undefined);
  const region = planned?.deployment.region ?? process.env['AWS_REGION'];
  if (region === undefined)
    throw new Error(`tenants/${tenant}.json is missing or wrong: name the region of ${name} in AWS_REGION`);
  const clients = clientsOf(region);
  const stack = await findStack(clients, name);
  if (stack === undefined) throw new Error(`${name} is not deployed in ${region}`);
  return { clients, stack };
}

export type Waiting = { readonly events: number; readonly deadLetters: number; readonly quarantine: number };

/** As SQS counts them now; what is in flight, too. A queue that is not there has none. */
export async function countWaiting(clients: Clients, stage: string, tenant: string): Promise<Waiting> {
  const names = nameDeployment(stage, tenant);
  const [events = 0, deadLetters = 0, quarantine = 0] = await Promise.all(
    [names.events, names.deadLetters, names.quarantine].map((name) => countQueue(clients, name)),
  );
  return { events, deadLetters, quarantine };
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

async function countQueue(clients: Clients, name: string): Promise<number> {
  const QueueUrl = await findQueue(clients, name);
  if (QueueUrl === undefined) return 0;
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] });
  const { Attributes = {} } = await ask('SQS', clients.sqs.send(command));
  return COUNTS.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0);
}

const QUARTER = 15 * 60;

/** Hooks that were accepted in the last quarter of an hour. */
export async function countAccepted({ cloudWatch }: Clients, stage: string, tenant: string): Promise<number> {
  const end = Date.now();
  const Dimensions = [{ Name: 'QueueName', Value: nameDeployment(stage, tenant).events }];
  const Metric = { Namespace: 'AWS/SQS', MetricName: 'NumberOfMessagesSent', Dimensions };
  const command = new GetMetricDataCommand({
    StartTime: new Date(end - QUARTER * 1000),
    EndTime: new Date(end),
    MetricDataQueries: [{ Id: 'sent', MetricStat: { Metric, Stat: 'Sum', Period: 60 } }],
  });
  const { MetricDataResults: [result] = [] } = await ask('CloudWatch', cloudWatch.send(command));
  return (result?.Values ?? []).reduce((sum, value) => sum + value, 0);
}
