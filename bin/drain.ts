// hookline drain: closes a tenant's door, and waits until its events queue is empty.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { openRegions } from '../ops/fleet/clients.ts';
import { deploy } from '../ops/fleet/deploy.ts';
import { countAccepted, findDeployed } from '../ops/fleet/deployed.ts';
import { waitUntilEmpty } from '../ops/fleet/drain.ts';
import { wholeFrom } from './arguments.ts';
import { type Fleet, onFleet, report, showRows } from './fleet-options.ts';

type Options = Fleet & { readonly still: number; readonly timeout: number };

export const drain = onFleet(new Command('drain'))
  .description(
    'close the door (503 with Retry-After; a hook that comes is lost), and wait until the events queue is empty; the next deploy opens it again',
  )
  .argument('<tenant>')
  .option('--still <seconds>', 'the queue must be seen empty for so long', wholeFrom(0), 60)
  .option('--timeout <seconds>', 'give up after', wholeFrom(1), 3_600)
  .addHelpText('after', '\nExample:\n  hookline drain acme --stage prod')
  .action(async (tenant: string, { stage, still, timeout, yes = false, ...options }: Options) => {
    const folder = resolve(options.tenants);
    const { clients } = await findDeployed(stage, tenant, folder, openRegions());
    const accepted = await countAccepted(clients, stage, tenant);
    if (accepted > 0 && !yes)
      throw new Error(
        `nothing was changed: ${accepted} hooks were accepted in the last 15 minutes, and those that follow would be lost: point the flows to another door first, or give --yes`,
      );
    const wanted = {
      stage,
      tenants: [tenant],
      folder,
      out: resolve(options.out),
      settings: { door: 'draining' },
    };
    const manner = { wave: 1, watch: 0, yes, preview: false, report };
    const done = await deploy(wanted, manner, { token: undefined, redis: undefined });
    showRows(done);
    if (done.stopped !== undefined) return;
    report(`the door of ${tenant} is closed; "hookline deploy ${tenant} --stage ${stage}" opens it again`);
    const left = await waitUntilEmpty(clients, stage, tenant, { still, most: timeout, report });
    report(
      `${tenant}: the events queue is empty; ${left.deadLetters} dead letters and ${left.quarantine} refused hooks stay`,
    );
  });
