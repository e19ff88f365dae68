// hookline fleet: how every tenant of a stage does, and one dashboard for all of them.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { TENANTS } from '../local/tenant-file.ts';
import { type Clients, openRegions } from '../ops/fleet/clients.ts';
import { deployDashboard, nameDashboard } from '../ops/fleet/dashboard.ts';
import { examineFleet, isInOrder, type Status, worstFirst } from '../ops/fleet/status.ts';
import { planAll } from '../ops/fleet/tenants.ts';
import { ago, fold, namedTable, print, printJson } from '../ops/output.ts';

type Options = {
  readonly stage: string;
  readonly tenants: string;
  readonly region?: string;
  readonly json?: true;
  readonly dashboard?: true;
};

export const fleet = new Command('fleet')
  .requiredOption('--stage <stage>', 'such as prod; AWS credentials come from the environment')
  .option('--region <region>', 'this one alone (default: those of the files)')
  .option('--tenants <folder>', 'of the files of tenants', TENANTS)
  .option('--dashboard', 'deploy one CloudWatch dashboard for the whole stage, a stack of its own')
  .option('--json', 'JSON instead of text')
  .addHelpText(
    'after',
    '\nExamples:\n  hookline fleet --stage prod\n  hookline fleet --stage prod --dashboard',
  )
  .action(async (options: Options) => {
    const { stage, region, json } = options;
    const regions = region === undefined ? await listRegions(stage, resolve(options.tenants)) : [region];
    const clients = regions.map(openRegions());
    if (options.dashboard) return dashboards(clients, stage);
    const now = Date.now();
    const all = await Promise.all(clients.map((each) => examineFleet(each, stage, now)));
    const fleetStatus = all.flat().sort(worstFirst);
    if (json) printJson(fleetStatus);
    else if (fleetStatus.length === 0) print(`no tenant is deployed at ${stage}`);
    else show(fleetStatus, now);
    if (fleetStatus.some(isWrong)) process.exitCode = 1;
  });

/** Whoever looks at what is deployed is not kept from it by a file that is wrong. */
async function listRegions(stage: string, folder: string): Promise<readonly string[]> {
  const { planned, problems } = await planAll(stage, 'all', folder);
  const regions = new Set(planned.map(({ plan: { deployment } }) => deployment.region));
  const remedy = 'where its region is another, name that in --region';
  for (const problem of problems) console.error(`hookline: ${problem}: ${remedy}`);
  if (regions.size === 0)
    throw new Error(`no file of ${folder} names a region of the stage ${stage}: name one in --region`);
  return [...regions];
}

const isWrong = (each: Status) =>
  !isInOrder(each) || each.alarms.length > 0 || each.errors > 0 || (each.dead_letters ?? 0) > 0;

async function dashboards(clients: readonly Clients[], stage: string): Promise<void> {
  for (const each of clients) {
    const changed = await deployDashboard(each, stage);
    print(`${nameDashboard(stage)} in ${each.region}: ${changed ? 'deployed' : 'unchanged'}`);
  }
}

function show(all: readonly Status[], now: number): void {
  print(
    namedTable(
      all.map((each) => ({
        tenant: each.tenant,
        code: each.code?.slice(0, 7) ?? '-',
        waits: each.waiting ?? '-',
        oldest: each.oldest_seconds === null ? '-' : ago(now - each.oldest_seconds * 1000, now),
        dead: each.dead_letters ?? '-',
        refused: each.quarantine ?? '-',
        accepted: each.last_accepted === null ? '> 1 d' : ago(Date.parse(each.last_accepted), now),
        errors: each.errors,
        alarms: each.alarms.length,
      })),
    ),
  );
  for (const each of all) {
    if (each.alarms.length > 0) print(fold(`in ALARM: ${each.alarms.join(', ')}`));
    if (!isInOrder(each)) print(`${each.stack} is ${each.status}`);
  }
  print(fold('\n-: CloudWatch has no figure, as of an empty queue. Figures are some minutes old.'));
}
