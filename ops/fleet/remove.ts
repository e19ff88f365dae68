// Removes a tenant's stack. Its queues, its logs, its secret and what is in Redis stay.

import { removeStack } from './apply.ts';
import { openRegions } from './clients.ts';
import { countAccepted, countWaiting, findDeployed, type Waiting } from './deployed.ts';
import { deployedTemplate, judge } from './stacks.ts';
import { ofType } from './template.ts';

export type Removed = {
  readonly stack: string;
  readonly waiting: Waiting;
  /** names of what stays in the account */
  readonly kept: readonly string[];
};

/** Throws before anything is changed while something would be lost, unless somebody agreed to it. */
export async function remove(stage: string, tenant: string, folder: string, yes: boolean): Promise<Removed> {
  const { clients, stack } = await findDeployed(stage, tenant, folder, openRegions());
  const state = judge(stack);
  if (typeof state === 'object') throw new Error(`${stack.name}: ${state.problem}`);
  if (stack.isProtected)
    throw new Error(
      `${stack.name} is protected: "deletionProtection": false in tenants/${tenant}.json, deploy, then remove`,
    );
  const [waiting, accepted] = await Promise.all([
    countWaiting(clients, stage, tenant),
    countAccepted(clients, stage, tenant),
  ]);
  const reasons = [
    ...(accepted > 0
      ? [`${accepted} hooks were accepted in the last 15 minutes, and those that follow are lost`]
      : []),
    ...(waiting.events > 0
      ? [`${waiting.events} events wait, which nobody reads without the consumer: hookline drain first`]
      : []),
  ];
  if (reasons.length > 0 && !yes)
    throw new Error(`${stack.name} was not removed: ${reasons.join('; ')}. If that is meant, give --yes`);
  const template = await deployedTemplate(clients, stack);
  await removeStack(clients, stack);
  const named = (type: string, property: string) =>
    ofType(template, type).map(([, { Properties }]) => String(Properties?.[property]));
  return {
    stack: stack.name,
    waiting,
    kept: [...named('AWS::SQS::Queue', 'QueueName'), ...named('AWS::Logs::LogGroup', 'LogGroupName')],
  };
}
