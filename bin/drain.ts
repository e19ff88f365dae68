// hookline drain: closes a tenant's door, and waits until its events queue is empty.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { openRegions } from '../ops/fleet/clients.ts';
import { findDeployed } from '../ops/fleet/deployed.ts';
import { closeDoor, waitUntilEmpty } from '../ops/fleet/drain.ts';
import { wholeFrom } from './arguments.ts';
import { type Fleet, onFleet, report, showRows } from './fleet-options.ts';

type Options = Fleet & { readonly still: number; readonly timeout: number };

export const drain = onFleet(new Command('drain'))
  .argument('<tenant>')
  .option('--still <seconds>', 'the queue must be seen empty for so long', wholeFrom(0), 60)
  .option('--timeout <seconds>', 'give up after', wholeFrom(1), 3_600)
  .addHelpText('after', '\nExample:\n  hookline drain acme --stage prod')
  .action(async (tenant: string, { stage, still, timeout, yes = false, tenants }: Options) => {
    const deployed = await findDeployed(stage, tenant, resolve(tenants), openRegions());
    const done = await closeDoor(deployed, { stage, tenant, yes, report });
    if (done !== undefined) showRows(done);
    if (done?.stopped !== undefined) return;
    report(`the door of ${tenant} is closed; "hookline deploy ${tenant} --stage ${stage}" opens it again`);
    const left = await waitUntilEmpty(deployed.clients, stage, tenant, { still, most: timeout, report });
    report(
      `${tenant}: the events queue is empty; ${left.deadLetters} dead letters and ${left.quarantine} refused hooks stay`,
    );
  });
