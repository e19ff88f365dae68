// A change set: what CloudFormation would do to make a stack what a template says, seen before it is done.
import { setTimeout } from 'node:timers/promises';
import {
  type Change,
  type ChangeSetType,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetOutput,
  ExecuteChangeSetCommand,
  type ResourceToImport,
} from '@aws-sdk/client-cloudformation';
import { Unanswered } from '../trouble.ts';
import { ask, type Clients } from './clients.ts';
import { findFailure, settle } from './stacks.ts';
import { type Template, writeTemplate } from './template.ts';

export type ChangeSet = {
  readonly id: string;
  readonly stack: string;
  readonly changes: readonly Change[];
};

export type Wanted = {
  readonly stack: string;
  readonly type: ChangeSetType;
  readonly template: Template;
  readonly tags: Readonly<Record<string, string>>;
  readonly imports?: readonly ResourceToImport[];
};

/** CloudFormation's ways to say that a stack is as the template has it. */
const NO_CHANGE = /didn't contain changes|No updates are to be performed/;

/** Answers the change set when CloudFormation has reckoned it; undefined when there is nothing to change. */
export async function propose(clients: Clients, wanted: Wanted): Promise<ChangeSet | undefined> {
  const { cloudFormation } = clients;
  const { stack, type, template, tags, imports } = wanted;
  const { Id: id = '' } = await ask(
    'CloudFormation',
    cloudFormation.send(
      new CreateChangeSetCommand({
        StackName: stack,
        ChangeSetName: `hookline-${Date.now()}`,
        ChangeSetType: type,
        TemplateBody: writeTemplate(template),
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        ...(imports && { ResourcesToImport: [...imports] }),
      }),
    ),
  ).catch(explainRace);
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    const described = await describeAll(clients, id);
    const { Status = '', StatusReason = '', Changes = [] } = described;
    if (Status === 'CREATE_COMPLETE') return { id, stack, changes: Changes };
    if (Status === 'FAILED') {
      await discard(clients, { id, stack, changes: [] });
      if (NO_CHANGE.test(StatusReason)) return undefined;
      throw new Error(`CloudFormation refuses the template: ${StatusReason}`);
    }
    await setTimeout(wait);
  }
}

/** With the changes of every page. */
async function describeAll({ cloudFormation }: Clients, id: string): Promise<DescribeChangeSetOutput> {
  const Changes: Change[] = [];
  let NextToken: string | undefined;
  for (;;) {
    const page = await ask(
      'CloudFormation',
      cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName: id, NextToken })),
    );
    Changes.push(...(page.Changes ?? []));
    NextToken = page.NextToken;
    if (NextToken === undefined) return { ...page, Changes };
  }
}

/** Does it, and resolves when the stack has settled. Rejects with CloudFormation's reason when it went back. */
export async function execute(clients: Clients, { id, stack }: ChangeSet): Promise<void> {
  const begun = Date.now();
  await ask(
    'CloudFormation',
    clients.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName: id })),
  ).catch(explainRace);
  const settled = await settle(clients, stack);
  const status = settled?.status ?? 'gone';
  if (/^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return;
  // The clock here and that of AWS may differ.
  const reason = await findFailure(clients, settled?.id ?? stack, begun - 60_000);
  throw new Error(`CloudFormation went back (${status}): ${reason}`);
}

/** Forgets a change set. What is gone already is no trouble. */
export async function discard({ cloudFormation }: Clients, { id }: ChangeSet): Promise<void> {
  await ask('CloudFormation', cloudFormation.send(new DeleteChangeSetCommand({ ChangeSetName: id }))).catch(
    () => undefined,
  );
}

/** Somebody else was faster. */
function explainRace(error: unknown): never {
  const busy =
    error instanceof Error &&
    (/_IN_PROGRESS state|already exists/.test(error.message) ||
      [
        'InvalidChangeSetStatus',
        'InvalidChangeSetStatusException',
        'ChangeSetNotFound',
        'ChangeSetNotFoundException',
      ].includes(error.name));
  if (!busy) throw error;
  throw new Unanswered(
    'another deployment works on this stack',
    'wait until that has ended, then run the same command',
    { cause: error },
  );
}
