// Closes a tenant's door, and waits until nothing is left in its events queue.
import { setTimeout } from 'node:timers/promises';
import { nameDeployment } from '../../local/deployed-names.ts';
import { compare } from './apply.ts';
import { look, noKeys } from './canary.ts';
import { carryOut, type Done } from './carry-out.ts';
import type { Clients } from './clients.ts';
import { countAccepted, countWaiting, type Deployed, type Waiting } from './deployed.ts';
import { describe } from './difference.ts';
import { deployedTemplate, judge } from './stacks.ts';
import { closedContent, readTemplate, readVariables, type Template } from './template.ts';

const WEBHOOK = 'WebhookLambdaFunction';

export type Closing = {
  readonly stage: string;
  readonly tenant: string;
  /** somebody agreed that hooks are lost */
  readonly yes: boolean;
  readonly report: (line: string) => void;
};

/** Deploys what is deployed, with the door closed and nothing else changed. Undefined when it is closed already. */
export async function closeDoor(
  { clients, stack }: Deployed,
  { stage, tenant, yes, report }: Closing,
): Promise<Done | undefined> {
  const state = judge(stack);
  if (state !== 'ready')
    throw new Error(`${stack.name}: ${typeof state === 'object' ? state.problem : `it is ${stack.status}`}`);
  const before = await deployedTemplate(clients, stack);
  if (readVariables(before, WEBHOOK)['DOOR'] === 'draining') return undefined;
  const accepted = await countAccepted(clients, stage, tenant);
  if (accepted > 0 && !yes)
    throw new Error(
      `nothing was changed: ${accepted} hooks were accepted in the last 15 minutes, and those that follow would be lost: point the flows to another door first, or give --yes`,
    );
  const template = close(before);
  const goal = {
    stack: stack.name,
    artifacts: { template, zips: new Map<string, Uint8Array>() },
    content: closedContent(stack.outputs['Content'] ?? 'unknown'),
    tags: stack.tags,
    isProtected: undefined,
  };
  const proposed = await compare(clients, goal, stack);
  const difference = describe(proposed?.changes ?? [], before, template);
  const manner = { wave: 1, watch: 0, yes: false, preview: false, report };
  const place = {
    region: clients.region,
    secret: nameDeployment(stage, tenant).secret,
    base: '',
    inVpc: false,
    draining: true,
  };
  return carryOut([{ task: { tenant, clients, goal, proposed }, difference }], manner, (closed) =>
    look(closed, place, noKeys),
  );
}

/** A published version never changes: a warm door is another one. */
function close(made: Template): Template {
  const version = Object.keys(made.Resources).find((name) => name.startsWith('WebhookLambdaVersion'));
  const text = JSON.stringify(made);
  const renamed = version === undefined ? made : readTemplate(text.replaceAll(version, `${version}Draining`));
  const webhook = renamed.Resources[WEBHOOK];
  if (webhook === undefined) throw new Error('the stack has no webhook: hookline deploy');
  const environment = Object(webhook.Properties?.['Environment']);
  const Environment = { ...environment, Variables: { ...environment.Variables, DOOR: 'draining' } };
  return {
    ...renamed,
    Resources: {
      ...renamed.Resources,
      [WEBHOOK]: { ...webhook, Properties: { ...webhook.Properties, Environment } },
    },
  };
}

export type Patience = {
  /** seconds for which the queue must be seen empty: SQS counts approximately */
  readonly still: number;
  /** seconds, then it gives up */
  readonly most: number;
  readonly report: (line: string) => void;
};

/** How often SQS is asked, milliseconds. */
const PACE = 5_000;

/** Answers what is left in the other two queues. Rejects when events still wait after so long. */
export async function waitUntilEmpty(
  clients: Clients,
  stage: string,
  tenant: string,
  { still, most, report }: Patience,
): Promise<Waiting> {
  const begun = Date.now();
  const pace = Math.max(100, Math.min(PACE, still * 500));
  let last = -1;
  let empty: number | undefined;
  for (;;) {
    const waiting = await countWaiting(clients, stage, tenant);
    if (waiting.events !== last) report(`${tenant}: ${waiting.events} events wait`);
    last = waiting.events;
    empty = waiting.events === 0 ? (empty ?? Date.now()) : undefined;
    if (empty !== undefined && Date.now() - empty >= still * 1000) return waiting;
    if (Date.now() - begun > most * 1000 && waiting.events > 0)
      throw new Error(
        `${tenant}: ${waiting.events} events still wait after ${most} s; the door stays closed, and they are kept: hookline doctor says what holds them`,
      );
    await setTimeout(pace);
  }
}
