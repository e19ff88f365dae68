// hookline package: makes of a tenant's file, or of all of them, what is deployed, offline.
import { readdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { functionNames } from '../local/bundle.ts';
import { checkName } from '../local/deployed-names.ts';
import { bundleAll, type Packaged, type Plan, packageTenant, planTenant } from '../local/package-tenant.ts';
import { explainQuotas } from '../local/quotas.ts';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';
import { TENANTS } from '../local/tenant-file.ts';
import { listSettings } from '../local/tenant-schema.ts';
import { listTenants } from '../ops/fleet/tenants.ts';
import { inTurns } from '../ops/fleet/waves.ts';
import { fold, namedTable } from '../ops/output.ts';

type Options = {
  readonly stage?: string;
  readonly tenant?: string;
  readonly param?: string;
  readonly all?: true;
  readonly tenants: string;
  readonly out: string;
};

/** What became of a tenant; nothing, when it does not have the stage. */
type Row = {
  readonly tenant: string;
  readonly plan?: Plan | undefined;
  readonly packaged?: Packaged;
  readonly problem?: string;
};

export const pack = new Command('package')
  .option('--stage <stage>', 'such as prod (default: dev)')
  .option('--tenant <tenant>', 'whose (default: default)')
  .option('--param <tenant=name>', 'the same as --tenant', readParam)
  .option('--all', 'every tenant that has the stage; goes on after one that fails, and exits 1')
  .option('--tenants <folder>', 'of the files of tenants', TENANTS)
  .option('--out <folder>', 'gets <stage>/<tenant>/ for each', join(root, '.build'))
  .addHelpText(
    'after',
    '\nWithout stage and tenant, the package is also in .serverless/.\n\nExample:\n  hookline package --stage prod --tenant example',
  )
  .action(run);

/** Of the params there were, the one that is no setting. */
function readParam(text: string): string {
  const [name = '', value = ''] = text.split('=');
  if (name === 'tenant') return value;
  throw new InvalidArgumentError(
    listSettings().includes(name)
      ? `${name} belongs in the tenant's file, under settings or stages: the next upgrade would not know what is given by hand.`
      : `${name} is unknown: the only param is tenant, and settings are in the tenant's file.`,
  );
}

async function run(options: Options): Promise<void> {
  const { stage = 'dev', all = false } = options;
  const tenant = options.tenant ?? options.param;
  if (all && tenant !== undefined) throw new Error('name a tenant, or give --all');
  checkName('stage', stage);
  const folder = resolve(options.tenants);
  const planned = await Promise.all(
    (all ? listTenants(folder) : [tenant ?? 'default']).map((name) => planRow(stage, name, folder)),
  );
  if (planned.every((row) => row.plan === undefined))
    throw new Error(planned.map(explainAbsence(stage)).join('; '));
  await using building = await scratch();
  const bundles = await bundleAll(building.path);
  const out = resolve(options.out);
  const rows = await inTurns(planned, availableParallelism(), async (row): Promise<Row> => {
    if (row.plan === undefined) return row;
    const packaged = packageTenant(row.plan, bundles, out);
    return packaged.then(
      (done) => ({ ...row, packaged: done }),
      (error: Error) => ({ ...row, problem: error.message }),
    );
  });
  console.log(`code ${bundles.code}\n${show(rows)}`);
  for (const { tenant: name, problem } of rows)
    if (problem !== undefined) console.log(`\n${fold(`${name}: ${problem}`)}`);
  const deployments = rows.flatMap(({ plan }) => plan?.deployment ?? []);
  for (const line of explainQuotas(deployments)) console.log(`\n${fold(line)}`);
  if (rows.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
  if (all) await removeOthers(join(out, stage), rows);
  const [packaged] = rows.flatMap((row) => row.packaged ?? []);
  if (packaged === undefined || all) return;
  console.log(`deploy it: cd ${relative(process.cwd(), packaged.folder)} && npx serverless deploy --verbose`);
  if (options.stage === undefined && tenant === undefined) await copyTo(join(root, '.serverless'), packaged);
}

const planRow = (stage: string, tenant: string, folder: string): Promise<Row> =>
  planTenant(stage, tenant, folder).then(
    (made) => ({ tenant, plan: made }),
    (error: Error) => ({ tenant, problem: error.message }),
  );

const explainAbsence =
  (stage: string) =>
  ({ tenant, problem }: Row) =>
    problem ??
    `tenants/${tenant}.json: stages has no ${stage}: add "${stage}": {} if the tenant is to have it`;

/** So that whoever deploys every folder deploys what was packaged now. A folder with a dot is another run's work. */
async function removeOthers(folder: string, rows: readonly Row[]): Promise<void> {
  const packaged = rows.filter((row) => row.packaged !== undefined).map(({ tenant }) => tenant);
  for (const name of readdirSync(folder))
    if (!packaged.includes(name) && !name.includes('.'))
      await rm(join(folder, name), { recursive: true, force: true });
}

function show(rows: readonly Row[]): string {
  return namedTable(
    rows.map(({ tenant, plan: made, packaged, problem }) => ({
      stack: made?.deployment.names.stack ?? tenant,
      front: made?.deployment.front ?? '',
      network: made?.deployment.network ?? '',
      zips: packaged?.zips.slice(0, 8) ?? (problem === undefined ? 'no stage' : 'failed'),
    })),
  );
}

/** The template where the Serverless Framework has it, and the zips. */
async function copyTo(folder: string, packaged: Packaged): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await cp(join(packaged.folder, '.serverless'), folder, { recursive: true });
  for (const zip of functionNames.map((name) => `${name}.zip`))
    await cp(join(packaged.folder, zip), join(folder, zip));
}
