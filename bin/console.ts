// hookline console: the page of the live gateway on the operator's own machine, with the operator's rights.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Command } from 'commander';
import { readPublishing } from '../lib/config.ts';
import { liveConfig } from '../live/config.ts';
import { startGateway } from '../live/gateway.ts';
import { buildPage } from '../local/bundle.ts';
import { nameDeployment } from '../local/deployed-names.ts';
import { planTenant } from '../local/package-tenant.ts';
import { TENANTS } from '../local/tenant-file.ts';
import { openDesk } from '../ops/console/desk.ts';
import { type Metrics, openMetrics } from '../ops/console/metrics.ts';
import { openClients } from '../ops/fleet/clients.ts';
import { findTarget, onDoor, type Target, type TargetOptions, withRedis } from '../ops/target.ts';
import { wholeFrom } from './arguments.ts';

type Options = TargetOptions & { readonly port: number };

export const consolePage = withRedis(onDoor(new Command('console')))
  .option('--port <port>', 'where it listens, on 127.0.0.1 (default: a free one)', wholeFrom(0), 0)
  .addHelpText(
    'after',
    `
Without a Redis (--redis, REDIS_URL) it shows what lies in the queues: refused hooks and their replay.

Examples:
  hookline console
  hookline console --stage prod --tenant acme --url https://… --redis rediss://…`,
  )
  .action(run);

async function run({ port, ...options }: Options): Promise<void> {
  const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  const target = await findTarget(options);
  const settings = options.stage === undefined ? {} : await readSettings(target.tenant, options.stage);
  const config = liveConfig({
    ...settings,
    ...process.env,
    REDIS_URL: target.redis ?? 'redis://unnamed',
    TENANT: target.tenant,
    LIVE_HOST: '127.0.0.1',
    LIVE_PORT: `${port}`,
    // Nobody logs in: the page is of this machine alone, and its user has the rights already.
    LIVE_USERS: JSON.stringify({ operator: randomBytes(32).toString('hex') }),
    LIVE_SECRET: randomBytes(32).toString('hex'),
    LIVE_OPEN_LOGIN: 'operator',
    LIVE_SETTINGS: '{}',
  });
  const desk = openDesk({
    findTarget: async () => target,
    publishing: readPublishing(config),
    cluster: config.REDIS_CLUSTER === 'true',
    ...(options.stage !== undefined && { metrics: openDeployedMetrics(options, options.stage, target) }),
  });
  const gateway = await startGateway(config, Date.now, {
    page: await buildPage(),
    desk,
    stage: options.stage,
    stream: target.redis !== undefined,
  });
  console.log(`console: http://127.0.0.1:${gateway.port}/ (Ctrl-C ends it)`);
  await stopped;
  await gateway.stop();
  // Connections that are gone would keep it for a while.
  process.exit();
}

/** What the consumer of a deployment publishes by, from the tenant's file. */
async function readSettings(tenant: string, stage: string): Promise<Readonly<Record<string, string>>> {
  const plan = await planTenant(stage, tenant, TENANTS);
  if (plan === undefined) throw new Error(`tenants/${tenant}.json has no stage ${stage}`);
  const { REDIS_URL: _, ...known } = plan.deployment.environment.consumer;
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** What CloudWatch counts of a deployment. */
function openDeployedMetrics(
  { region = process.env['AWS_REGION'] ?? '' }: TargetOptions,
  stage: string,
  { tenant }: Target,
): Metrics {
  return openMetrics(openClients(region), nameDeployment(stage, tenant));
}
