// The stacks of CloudFormation: which there are, what state they are in, and waiting until one has settled.
import { setTimeout } from 'node:timers/promises';
import {
  type Stack as Described,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateDescribeStackEvents,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { ask, type Clients } from './clients.ts';
import { nothing, readTemplate, type Template } from './template.ts';

export type Stack = {
  readonly name: string;
  readonly id: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** CloudFormation refuses to remove it */
  readonly isProtected: boolean;
  /** when its last change began, or it was created, epoch ms */
  readonly updated: number;
  /** ARN of the change set that was executed last */
  readonly changeSet: string | undefined;
};

const readStack = (described: Described): Stack => ({
  name: described.StackName ?? '',
  id: described.StackId ?? '',
  status: described.StackStatus ?? '',
  outputs: Object.fromEntries(
    (described.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  ),
  tags: Object.fromEntries((described.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  isProtected: described.EnableTerminationProtection ?? false,
  updated: (described.LastUpdatedTime ?? described.CreationTime)?.getTime() ?? 0,
  changeSet: described.ChangeSetId,
});

/** @param name of a stack, or its id: by that one that was removed is found, too */
export async function findStack({ cloudFormation }: Clients, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks: [found] = [] } = await ask(
      'CloudFormation',
      cloudFormation.send(new DescribeStacksCommand({ StackName: name })),
    );
    return found && readStack(found);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

const isAbsence = (error: unknown) =>
  error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);

/** Every stack of the region whose name begins so: one call for each page of them, however many there are. */
export async function listStacks({ cloudFormation }: Clients, prefix: string): Promise<Stack[]> {
  const stacks: Stack[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ask('CloudFormation', cloudFormation.send(new DescribeStacksCommand({ NextToken })));
    stacks.push(...(page.Stacks ?? []).map(readStack).filter(({ name }) => name.startsWith(prefix)));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return stacks;
}

/** The template that a stack has now; that of no stack has nothing. */
export async function deployedTemplate(
  { cloudFormation }: Clients,
  stack: Stack | undefined,
): Promise<Template> {
  if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return nothing;
  const { TemplateBody } = await ask(
    'CloudFormation',
    cloudFormation.send(new GetTemplateCommand({ StackName: stack.name })),
  );
  return TemplateBody === undefined ? nothing : readTemplate(TemplateBody);
}

export type State =
  | 'absent'
  | 'ready'
  /** its creation failed: it must be removed before it can be created again */
  | 'failed'
  | { readonly problem: string };

/** What can be done with a stack. */
export function judge(stack: Stack | undefined): State {
  if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return 'absent';
  const { status } = stack;
  if (status.endsWith('_IN_PROGRESS'))
    return { problem: `another deployment works on it (${status}): wait until that has ended` };
  if (['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'].includes(status))
    return 'failed';
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return {
      problem: `an update failed, and going back did, too (${status}): aws cloudformation continue-update-rollback --stack-name ${stack.name}`,
    };
  if (status === 'IMPORT_ROLLBACK_FAILED')
    return {
      problem: `taking over what is there failed, and going back did, too (${status}): the events of the stack say what is to be mended`,
    };
  return 'ready';
}

/** A short wait first, then longer ones: what takes a second isn't waited for ten. */
const LONGEST_WAIT = 5_000;

/** For how long a stack may be shown as it was before CloudFormation was asked, milliseconds. */
const STALE = 30_000;

/**
 * Resolves when CloudFormation has done what it was asked for, or the stack is gone. Polls for as long as it needs.
 * @param isResult says of a stack in which nothing works that this is what was asked for; else it may be the state before
 */
export async function settle(
  clients: Clients,
  id: string,
  isResult: (stack: Stack) => boolean,
): Promise<Stack | undefined> {
  const begun = Date.now();
  let works = false;
  for (let wait = 100; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const stack = await findStack(clients, id);
    if (stack === undefined) return undefined;
    if (stack.status.endsWith('_IN_PROGRESS')) works = true;
    else if (works || isResult(stack) || Date.now() - begun > STALE) return stack;
    await setTimeout(wait);
  }
}

/** Why CloudFormation went back: the first that failed since then. @param since epoch milliseconds */
export async function findFailure({ cloudFormation }: Clients, id: string, since: number): Promise<string> {
  const isSince = ({ Timestamp }: StackEvent) => (Timestamp?.getTime() ?? 0) >= since;
  const events = async () => {
    const found: StackEvent[] = [];
    // Newest first: what comes after the first failure may fill pages.
    for await (const { StackEvents = [] } of paginateDescribeStackEvents(
      { client: cloudFormation },
      { StackName: id },
    )) {
      found.push(...StackEvents.filter(isSince));
      if (!StackEvents.every(isSince)) break;
    }
    return found;
  };
  const failed = (await ask('CloudFormation', events()))
    .filter(
      ({ ResourceStatus = '', ResourceStatusReason = '' }) =>
        ResourceStatus.endsWith('_FAILED') && !/cancell?ed/i.test(ResourceStatusReason),
    )
    .at(-1);
  if (failed === undefined) return 'CloudFormation gives no reason: see the events of the stack';
  return `${failed.LogicalResourceId}: ${failed.ResourceStatusReason ?? failed.ResourceStatus}`;
}
