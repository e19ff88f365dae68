// Back to what was deployed before: the stack names it, the deployment bucket has its template and its zips.

import { nameDeployment } from '../../local/deployed-names.ts';
import { compare } from './apply.ts';
import { fetchTemplate } from './artifacts.ts';
import { type FindKeys, look } from './canary.ts';
import { carryOut, type Done, discardAll, type Manner, type Shown } from './carry-out.ts';
import { discard } from './change-set.ts';
import { type Clients, openRegions } from './clients.ts';
import { findDeployed } from './deployed.ts';
import { DEFAULT_BASE, describe } from './difference.ts';
import { deployedTemplate, judge, type Stack } from './stacks.ts';
import { openContent, readVariables } from './template.ts';

/** Throws before anything is changed when there is nothing to go back to, or when a yes is missing. */
export async function rollBack(
  stage: string,
  tenants: readonly string[],
  folder: string,
  manner: Manner,
  keys: FindKeys,
): Promise<Done> {
  const clientsOf = openRegions();
  const shown: Shown[] = [];
  try {
    for (const tenant of new Set(tenants)) {
      const { clients, stack } = await findDeployed(stage, tenant, folder, clientsOf);
      shown.push(await goBack(clients, stack, tenant));
    }
  } catch (error) {
    await discardAll(shown.map(({ task }) => task));
    throw error;
  }
  return carryOut(shown, manner, (stack, { tenant, clients, goal }) => {
    const { template } = goal.artifacts;
    const { ENIGMA_BASE: base = DEFAULT_BASE } = readVariables(template, 'ConsumerLambdaFunction');
    const place = {
      region: clients.region,
      secret: nameDeployment(stage, tenant).secret,
      base,
      inVpc: template.Resources['ConsumerLambdaFunction']?.Properties?.['VpcConfig'] !== undefined,
      draining: readVariables(template, 'WebhookLambdaFunction')['DOOR'] === 'draining',
    };
    return look(stack, place, keys);
  });
}

async function goBack(clients: Clients, stack: Stack, tenant: string): Promise<Shown> {
  const state = judge(stack);
  if (state !== 'ready')
    throw new Error(
      `${stack.name}: ${typeof state === 'object' ? state.problem : `it was never deployed (${stack.status}): hookline deploy`}`,
    );
  const content = findPrevious(stack);
  const { ServerlessDeploymentBucketName: bucket } = stack.outputs;
  if (content === undefined || bucket === undefined)
    throw new Error(`${stack.name} names nothing before it: deploy the version that is wanted`);
  const template = await fetchTemplate(clients, bucket, content);
  if (template === undefined)
    throw new Error(`${bucket} has no template ${content} any more: deploy the version that is wanted`);
  // The zips lie in the bucket already.
  const artifacts = { template, zips: new Map<string, Uint8Array>() };
  const goal = { stack: stack.name, artifacts, content, tags: stack.tags, isProtected: undefined };
  const before = await deployedTemplate(clients, stack);
  const proposed = await compare(clients, goal, stack);
  const difference = describe(proposed?.changes ?? [], before, template);
  if (difference.data.some((line) => line.includes('Queue'))) {
    if (proposed) await discard(clients, proposed);
    throw new Error(
      `${stack.name}: ${difference.data.join('; ')}: a rollback never touches queues; deploy the version that is wanted`,
    );
  }
  return { task: { tenant, clients, goal, proposed }, difference };
}

/** From a closed door back to the same with the door open; else to what was deployed before. */
function findPrevious({ outputs: { Content, PreviousContent } }: Stack): string | undefined {
  if (Content !== undefined && openContent(Content) !== Content) return openContent(Content);
  return PreviousContent === undefined ? undefined : openContent(PreviousContent);
}
