// hookline remove: removes a tenant's stack; its queues and logs stay.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { remove as removeTenant } from '../ops/fleet/remove.ts';
import { print } from '../ops/output.ts';
import { type Fleet, onFleet, report } from './fleet-options.ts';

export const remove = onFleet(new Command('remove'))
  .argument('<tenant>')
  .addHelpText('after', '\nExample:\n  hookline remove acme --stage prod')
  .action(async (tenant: string, { stage, tenants, yes = false }: Fleet) => {
    const { stack, waiting, kept } = await removeTenant(stage, tenant, resolve(tenants), yes);
    const { events, deadLetters, quarantine } = waiting;
    print(`${stack} is removed. What stays in the account:`);
    for (const name of kept) print(`  ${name}`);
    report(
      `The queues hold ${events} events, ${deadLetters} dead letters and ${quarantine} refused hooks, each for 14 days from when it came. The secret hookline/${stage}/${tenant} and what is in Redis stay, too. "hookline deploy ${tenant} --stage ${stage}" takes queues and logs over again; whoever wants them gone deletes them by hand.`,
    );
  });
