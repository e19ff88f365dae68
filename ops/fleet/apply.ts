// Makes one stack what a template says: takes over what is there, creates the bucket, uploads, and does the change set.
import { randomUUID } from 'node:crypto';
import { DeleteStackCommand, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation';
import { type Artifacts, emptyBucket, upload } from './artifacts.ts';
import { type ChangeSet, execute, propose } from './change-set.ts';
import { ask, type Clients } from './clients.ts';
import { type Difference, describe } from './difference.ts';
import { findRetained, withRetained } from './retained.ts';
import { deployedTemplate, findFailure, findStack, type Stack, settle } from './stacks.ts';
import { BUCKET, openContent, stamp, type Template } from './template.ts';

export type Goal = {
  readonly stack: string;
  readonly artifacts: Artifacts;
  readonly content: string;
  readonly tags: Readonly<Record<string, string>>;
  /** undefined leaves it as it is */
  readonly isProtected: boolean | undefined;
};

/**
 * What the goal would change of a stack that is deployed; undefined when nothing.
 * Nothing is uploaded yet: a change set is reckoned without looking at the zips.
 */
export const compare = (clients: Clients, goal: Goal, current: Stack): Promise<ChangeSet | undefined> =>
  propose(clients, {
    stack: goal.stack,
    type: 'UPDATE',
    template: stampGoal(goal, current),
    tags: goal.tags,
  });

/** The template of the goal, with what the stack will say about itself. */
const stampGoal = ({ artifacts, content }: Goal, current: Stack | undefined): Template => {
  const { Content, PreviousContent } = current?.outputs ?? {};
  const deployed = Content === undefined ? undefined : openContent(Content);
  const previous = deployed === openContent(content) ? PreviousContent : deployed;
  return stamp(artifacts.template, { content, previous });
};

/**
 * Does it. Rejects with CloudFormation's reason when the stack went back.
 * @param proposed what was shown; undefined when the stack has no bucket yet, or something is to be taken over
 * @param agree throws when nobody agreed to what the change set does
 */
export async function apply(
  clients: Clients,
  goal: Goal,
  proposed: ChangeSet | undefined,
  agree: (difference: Difference) => void,
): Promise<void> {
  if (proposed === undefined) await prepare(clients, goal);
  const stack = await findStack(clients, goal.stack);
  const bucket = stack?.outputs['ServerlessDeploymentBucketName'];
  if (stack === undefined || bucket === undefined)
    throw new Error(`the stack ${goal.stack} has no deployment bucket: was it changed by hand?`);
  await upload(clients, bucket, goal.content, goal.artifacts);
  const changeSet = proposed ?? (await compare(clients, goal, stack));
  if (changeSet !== undefined) {
    if (proposed === undefined) {
      const before = await deployedTemplate(clients, stack);
      agree(describe(changeSet.changes, before, goal.artifacts.template));
    }
    await execute(clients, changeSet);
  }
  await protect(clients, goal, stack);
}

/** Two steps before the real one, each only where it is needed: what is there already, then the bucket. */
async function prepare(clients: Clients, { stack, artifacts, tags }: Goal): Promise<void> {
  const after = artifacts.template;
  const current = await findStack(clients, stack);
  const step = async (type: 'IMPORT' | 'CREATE' | 'UPDATE', template: Template, more = {}) => {
    // An import may change nothing else, and so no tags.
    const own = type === 'IMPORT' && Object.keys(current?.tags ?? {}).length > 0 ? current?.tags : undefined;
    const changeSet = await propose(clients, { stack, type, template, tags: own ?? tags, ...more });
    if (changeSet !== undefined) await execute(clients, changeSet);
  };
  const before = await deployedTemplate(clients, current);
  const retained = await findRetained(clients, before, after);
  const taken = withRetained(before, retained);
  if (retained.length > 0) await step('IMPORT', taken, { imports: retained.map((each) => each.import) });
  if (taken.Resources[BUCKET] !== undefined) return;
  const bucket = Object.entries(after.Resources).filter(([name]) => name.startsWith(BUCKET));
  const { ServerlessDeploymentBucketName = {} } = after.Outputs ?? {};
  await step(Object.keys(taken.Resources).length === 0 ? 'CREATE' : 'UPDATE', {
    ...taken,
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: { ...taken.Resources, ...Object.fromEntries(bucket) },
    Outputs: { ...taken.Outputs, ServerlessDeploymentBucketName },
  });
}

async function protect(
  { cloudFormation }: Clients,
  { stack, isProtected }: Goal,
  current: Stack,
): Promise<void> {
  if (isProtected === undefined || current.isProtected === isProtected) return;
  const command = new UpdateTerminationProtectionCommand({
    StackName: stack,
    EnableTerminationProtection: isProtected,
  });
  await ask('CloudFormation', cloudFormation.send(command));
}

/** Removes a stack with its deployment bucket, and waits until it is gone. Its queues and logs stay. */
export async function removeStack(clients: Clients, { name, id, outputs }: Stack): Promise<void> {
  const { ServerlessDeploymentBucketName: bucket } = outputs;
  if (bucket !== undefined) await emptyBucket(clients, bucket);
  const begun = Date.now();
  const command = new DeleteStackCommand({ StackName: name, ClientRequestToken: `hookline-${randomUUID()}` });
  await ask('CloudFormation', clients.cloudFormation.send(command));
  // By its id: of the name there may be another by then.
  const left = await settle(clients, id, ({ status }) => status === 'DELETE_COMPLETE');
  if (left === undefined || left.status === 'DELETE_COMPLETE') return;
  throw new Error(
    `CloudFormation did not remove it (${left.status}): ${await findFailure(clients, id, begun - 60_000)}`,
  );
}
