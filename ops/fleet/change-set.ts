// A change set: what CloudFormation would do to make a stack what a template says, seen before it is done.
import { randomUUID } from 'node:crypto';
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
  /** its ARN */
  readonly id: string;
  readonly name: string;
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

/** How calls name a change set: by its ARN alone, they would need rights on change sets beside those on stacks. */
const naming = ({ stack, name }: ChangeSet) => ({ StackName: stack, ChangeSetName: name });

/** For how long CloudFormation may not know what it has just made, milliseconds. */
const UNSEEN = 30_000;

/** Answers the change set when CloudFormation has reckoned it; undefined when there is nothing to change. */
export async function propose(clients: Clients, wanted: Wanted): Promise<ChangeSet | undefined> {
  const { cloudFormation } = clients;
  const { stack, type, template, tags, imports } = wanted;
  const name = `hookline-${randomUUID()}`;
  const { Id: id = '' } = await ask(
    'CloudFormation',
    cloudFormation.send(
      new CreateChangeSetCommand({
        StackName: stack,
        ChangeSetName: name,
        // A call is repeated when its answer is lost.
        ClientToken: name,
        ChangeSetType: type,
        TemplateBody: writeTemplate(template),
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        ...(imports && { ResourcesToImport: [...imports] }),
      }),
    ),
  ).catch(explainRace);
  const changeSet = { id, name, stack, changes: [] };
  const begun = Date.now();
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    const described = await describeAll(clients, changeSet).catch((error: unknown) => {
      if (isAbsent(error) && Date.now() - begun < UNSEEN) return undefined;
      return explainRace(error);
    });
    const { Status, StatusReason = '', Changes = [] } = described ?? {};
    if (Status === 'CREATE_COMPLETE') return { ...changeSet, changes: Changes };
    if (Status === 'FAILED') {
      await discard(clients, changeSet);
      if (NO_CHANGE.test(StatusReason)) return undefined;
      throw new Error(`CloudFormation refuses the template: ${StatusReason}`);
    }
    await setTimeout(wait);
  }
}

/** With the changes of every page. */
async function describeAll(
  { cloudFormation }: Clients,
  changeSet: ChangeSet,
): Promise<DescribeChangeSetOutput> {
  const Changes: Change[] = [];
  let NextToken: string | undefined;
  for (;;) {
    const page = await ask(
      'CloudFormation',
      cloudFormation.send(new DescribeChangeSetCommand({ ...naming(changeSet), NextToken })),
    );
    Changes.push(...(page.Changes ?? []));
    NextToken = page.NextToken;
    if (NextToken === undefined) return { ...page, Changes };
  }
}

/** Does it, and resolves when the stack has settled. Rejects with CloudFormation's reason when it went back. */
export async function execute(clients: Clients, changeSet: ChangeSet): Promise<void> {
  const { id, name, stack } = changeSet;
  const begun = Date.now();
  await ask(
    'CloudFormation',
    clients.cloudFormation.send(
      new ExecuteChangeSetCommand({ ...naming(changeSet), ClientRequestToken: name }),
    ),
  ).catch(explainRace);
  const settled = await settle(clients, stack, (shown) => shown.changeSet === id);
  const status = settled?.status ?? 'gone';
  if (/^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return;
  // The clock here and that of AWS may differ.
  const reason = await findFailure(clients, settled?.id ?? stack, begun - 60_000);
  throw new Error(`CloudFormation went back (${status}): ${reason}`);
}

/** Forgets a change set. What is gone already is no trouble. */
export async function discard({ cloudFormation }: Clients, changeSet: ChangeSet): Promise<void> {
  await ask('CloudFormation', cloudFormation.send(new DeleteChangeSetCommand(naming(changeSet)))).catch(
    () => undefined,
  );
}

const isAbsent = (error: unknown) =>
  error instanceof Error && /^ChangeSetNotFound(?:Exception)?$/.test(error.name);

/** Somebody else was faster. */
function explainRace(error: unknown): never {
  const busy =
    error instanceof Error &&
    (isAbsent(error) ||
      /_IN_PROGRESS state|already exists/.test(error.message) ||
      /^InvalidChangeSetStatus(?:Exception)?$/.test(error.name));
  if (!busy) throw error;
  throw new Unanswered(
    'another deployment works on this stack',
    'wait until that has ended, then run the same command',
    { cause: error },
  );
}
