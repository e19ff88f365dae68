// Deploys tenants as their files have them: plans all, packages what is new, shows it, and rolls it out.
import { availableParallelism } from 'node:os';
import { type Bundles, bundleAll, packageTenant } from '../../local/package-tenant.ts';
import { scratch } from '../../local/scratch.ts';
import { type Alarming, findEffects, listAlarmingOf } from './alarms.ts';
import { compare, type Goal, removeStack } from './apply.ts';
import { readPackage } from './artifacts.ts';
import { type FindKeys, look, type Place } from './canary.ts';
import { carryOut, type Done, type Manner, type Shown } from './carry-out.ts';
import { type Clients, openRegions } from './clients.ts';
import { hashing } from './content.ts';
import { DEFAULT_BASE, describe, describeNew, estimate } from './difference.ts';
import { findRetained } from './retained.ts';
import type { Row } from './rollout.ts';
import { deployedTemplate, findStack, judge, listStacks, type Stack } from './stacks.ts';
import { BUCKET } from './template.ts';
import { type Planned, planTenants } from './tenants.ts';
import { inTurns } from './waves.ts';

export type Wanted = {
  readonly stage: string;
  readonly tenants: readonly string[] | 'all';
  /** of the tenants' files */
  readonly folder: string;
  /** where each is packaged */
  readonly out: string;
};

/** A tenant as its file has it, with the hash of what would be deployed. */
export type Intent = Planned & { readonly content: string };

type Found = Intent & { readonly clients: Clients; readonly stack: Stack | undefined };

/** What would be deployed, as far as the files and the code say it: no account is asked. */
export async function intend(wanted: Wanted): Promise<{ code: string; intents: Intent[] }> {
  const planned = await planTenants(wanted.stage, wanted.tenants, wanted.folder);
  await using building = await scratch();
  const { code } = await bundleAll(building.path);
  return { code, intents: await hashAll(planned, code) };
}

/** Throws before anything is changed when a file is wrong, a stack can't be deployed, or a yes is missing. */
export async function deploy(wanted: Wanted, manner: Manner, keys: FindKeys): Promise<Done> {
  const planned = await planTenants(wanted.stage, wanted.tenants, wanted.folder);
  await using building = await scratch();
  const bundles = await bundleAll(building.path);
  const found = await survey(await hashAll(planned, bundles.code), wanted, manner);
  const [same, other] = [found.filter(isSame), found.filter((each) => !isSame(each))];
  const watched = other.length > 0 && !manner.yes ? same : [];
  const alarming = await listAlarmingOf(
    watched.map(({ clients }) => clients),
    `hookline-${wanted.stage}--`,
  );
  const skipped = await inTurns(same, 10, (each) => skip(each, keys, alarming));
  if (same.length > 0) manner.report(`${same.length} deployed already as the files have them: skipped`);
  const unwell = skipped.find(({ result }) => result === 'failed');
  if (unwell !== undefined)
    return {
      rows: [...skipped, ...other.map((each) => rowOf(each, 'not reached'))],
      stopped: `${unwell.stack} is deployed already, but ${unwell.door}`,
    };
  const goals = await packageAll(other, bundles, wanted.out, manner.report);
  const shown = await inTurns(goals, 4, show);
  const places = new Map(other.map((each) => [each.tenant, placeOf(each)]));
  const done = await carryOut(shown, manner, async (stack, { tenant }) => {
    const place = places.get(tenant);
    return place === undefined ? { good: false, words: 'nobody planned it' } : look(stack, place, keys);
  });
  return { ...done, rows: [...skipped, ...done.rows] };
}

async function hashAll(planned: readonly Planned[], code: string): Promise<Intent[]> {
  const hash = await hashing(code);
  return planned.map((each) => ({ ...each, content: hash(each.plan) }));
}

/** Which stacks there are. Throws when one can't be deployed now; one whose creation failed is removed with a yes. */
async function survey(
  intents: readonly Intent[],
  { stage, tenants }: Wanted,
  { yes, preview, report }: Manner,
): Promise<Found[]> {
  const clientsOf = openRegions();
  const find = tenants === 'all' ? await listed(intents, stage, clientsOf, report) : findStack;
  const found = await inTurns(intents, 4, async (intent): Promise<Found> => {
    const clients = clientsOf(intent.plan.deployment.region);
    return { ...intent, clients, stack: await find(clients, nameStack(intent)) };
  });
  const problems = found.flatMap(({ stack }) => {
    const state = judge(stack);
    if (typeof state === 'object') return [`${stack?.name}: ${state.problem}`];
    if (state !== 'failed' || yes) return [];
    return [
      `${stack?.name}: its ${stack?.status === 'DELETE_FAILED' ? 'removal' : 'creation'} failed (${stack?.status}), and it must be removed before it can be created again: --yes does that`,
    ];
  });
  if (problems.length > 0) throw new Error(`nothing was changed: ${problems.join('; ')}`);
  return inTurns(found, 4, async (each) => {
    if (each.stack === undefined || judge(each.stack) !== 'failed') return each;
    report(`${each.stack.name}: what is left of it is removed (${each.stack.status})`);
    if (!preview) await removeStack(each.clients, each.stack);
    return { ...each, stack: undefined };
  });
}

/** One listing of each region instead of a call for each stack; what has no file any more is reported. */
async function listed(
  intents: readonly Intent[],
  stage: string,
  clientsOf: (region: string) => Clients,
  report: (line: string) => void,
) {
  const own = new Set(intents.map(nameStack));
  const stacks = new Map<string, Stack>();
  for (const region of new Set(intents.map(({ plan: { deployment } }) => deployment.region))) {
    for (const stack of await listStacks(clientsOf(region), `hookline-${stage}--`)) {
      stacks.set(`${region} ${stack.name}`, stack);
      if (!own.has(stack.name))
        report(`${stack.name} is deployed, but no file has it: hookline remove, or bring the file back`);
    }
  }
  return async ({ region }: Clients, name: string) => stacks.get(`${region} ${name}`);
}

const nameStack = ({ plan: { deployment } }: Planned) => deployment.names.stack;

/** The stack says itself what it was deployed from, and says what it did before when an update was taken back. */
const isSame = ({ stack, content, plan }: Found) =>
  judge(stack) === 'ready' &&
  stack?.outputs['Content'] === content &&
  // That is switched last: an earlier run may have ended before.
  stack.isProtected === plan.deployment.deletionProtection;

const rowOf = (found: Found, result: Row['result'], more = {}): Row => ({
  tenant: found.tenant,
  stack: nameStack(found),
  content: found.content,
  result,
  ...more,
});

/** An earlier run may have stopped because of this one's door or alarms: a new one does not go past it. */
async function skip(found: Found, keys: FindKeys, alarming: Alarming): Promise<Row> {
  if (found.stack === undefined) return rowOf(found, 'failed', { door: 'the stack is gone' });
  const effects = await findEffects(found.clients, found.stack, alarming);
  if (effects.length > 0)
    return rowOf(found, 'failed', {
      door: `${effects.join(', ')} went off within the hour after that: mend what is wrong, or go past it with --yes`,
    });
  const { good, words } = await look(found.stack, placeOf(found), keys);
  return rowOf(found, good ? 'unchanged' : 'failed', { door: words });
}

function placeOf({ plan: { deployment } }: Planned): Place {
  const { region, names, network, environment } = deployment;
  const { ENIGMA_BASE: base } = environment.consumer;
  return {
    region,
    secret: names.secret,
    base: typeof base === 'string' ? base : DEFAULT_BASE,
    inVpc: network === 'vpc',
    draining: environment.webhook['DOOR'] === 'draining',
  };
}

type Packaged = Found & { readonly goal: Goal };

async function packageAll(
  found: readonly Found[],
  bundles: Bundles,
  out: string,
  report: (line: string) => void,
): Promise<Packaged[]> {
  if (found.length > 0) report(`packaging ${found.length}`);
  return inTurns(found, availableParallelism(), async (each) => {
    const { folder } = await packageTenant(each.plan, bundles, out);
    const { stage, tenant, names, deletionProtection } = each.plan.deployment;
    const goal = {
      stack: names.stack,
      artifacts: await readPackage(folder),
      content: each.content,
      tags: { project: 'hookline', stage, tenant },
      isProtected: deletionProtection,
    };
    return { ...each, goal };
  });
}

/** What CloudFormation would change; where it can't be asked yet, what the templates say. */
async function show({ tenant, clients, stack, goal }: Packaged): Promise<Shown> {
  const task = { tenant, clients, goal, proposed: undefined };
  const before = await deployedTemplate(clients, stack);
  const after = goal.artifacts.template;
  const taken = await findRetained(clients, before, after);
  const names = taken.map(({ name }) => name);
  if (stack === undefined || judge(stack) === 'absent')
    return { task, difference: describeNew(after, names) };
  if (before.Resources[BUCKET] === undefined || taken.length > 0)
    return { task, difference: describe(estimate(before, after), before, after) };
  const proposed = await compare(clients, goal, stack);
  const difference = describe(proposed?.changes ?? [], before, after);
  const lines = [...difference.lines, ...explainProtection(stack, goal)];
  return { task: { ...task, proposed }, difference: { ...difference, lines } };
}

const explainProtection = (stack: Stack, { isProtected }: Goal) =>
  isProtected === undefined || stack.isProtected === isProtected
    ? []
    : [`switches deletion protection ${isProtected ? 'on' : 'off'}`];
