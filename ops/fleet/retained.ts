// Queues and logs outlive their stack. A new stack of the same names can't create them: it takes them over.

import type { ResourceToImport } from '@aws-sdk/client-cloudformation';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { ask, type Clients } from './clients.ts';
import type { Resource, Template } from './template.ts';

export type Retained = {
  readonly name: string;
  readonly resource: Resource;
  readonly import: ResourceToImport;
};

/** What the template would create, and what is in the account already. */
export async function findRetained(
  clients: Clients,
  before: Template,
  after: Template,
): Promise<readonly Retained[]> {
  const fresh = Object.entries(after.Resources).filter(([name]) => before.Resources[name] === undefined);
  const found = await Promise.all(
    fresh.map(async ([name, resource]): Promise<Retained[]> => {
      const identifier = await identify(clients, resource);
      if (identifier === undefined) return [];
      const { Type: ResourceType } = resource;
      return [
        { name, resource, import: { ResourceType, LogicalResourceId: name, ResourceIdentifier: identifier } },
      ];
    }),
  );
  return found.flat();
}

/** How CloudFormation finds what exists; undefined when it does not. */
async function identify(
  clients: Clients,
  { Type, Properties = {} }: Resource,
): Promise<Record<string, string> | undefined> {
  if (Type === 'AWS::SQS::Queue') {
    const QueueUrl = await findQueue(clients, String(Properties['QueueName']));
    return QueueUrl === undefined ? undefined : { QueueUrl };
  }
  if (Type === 'AWS::Logs::LogGroup') {
    const LogGroupName = String(Properties['LogGroupName']);
    return (await hasLogGroup(clients, LogGroupName)) ? { LogGroupName } : undefined;
  }
  return undefined;
}

/** The URL of a queue, if there is one of that name. */
export async function findQueue({ sqs }: Clients, QueueName: string): Promise<string | undefined> {
  try {
    return (await ask('SQS', sqs.send(new GetQueueUrlCommand({ QueueName })))).QueueUrl;
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) return undefined;
    throw error;
  }
}

async function hasLogGroup({ logs }: Clients, name: string): Promise<boolean> {
  const { logGroups = [] } = await ask(
    'CloudWatch Logs',
    logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name })),
  );
  return logGroups.some(({ logGroupName }) => logGroupName === name);
}

/**
 * The stack as it is, and beside it what it takes over: nothing else may change in such a step. Should a later step
 * fail, they stay, since that one did not create them.
 */
export function withRetained(before: Template, retained: readonly Retained[]): Template {
  const names = new Set([...Object.keys(before.Resources), ...retained.map(({ name }) => name)]);
  const added = retained.map(({ name, resource }) => {
    const { RedrivePolicy, ...rest } = resource.Properties ?? {};
    // Its dead letters may not be there any more; the full template names them again.
    const redrive = names.has('DeadLettersQueue') && RedrivePolicy !== undefined ? { RedrivePolicy } : {};
    return [name, { ...resource, Properties: { ...rest, ...redrive }, DeletionPolicy: 'Retain' }] as const;
  });
  return { ...before, Resources: { ...before.Resources, ...Object.fromEntries(added) } };
}
