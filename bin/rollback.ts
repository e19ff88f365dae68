// hookline rollback: back to what was deployed before.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { rollBack } from '../ops/fleet/rollback.ts';
import { findKeys, inWaves, onFleet, type Rollout, readManner, showRows, withKeys } from './fleet-options.ts';

export const rollback = withKeys(inWaves(onFleet(new Command('rollback'))))
  .argument('<tenants...>')
  .addHelpText('after', '\nExample:\n  hookline rollback acme --stage prod --preview')
  .action(async (tenants: string[], options: Rollout) => {
    const folder = resolve(options.tenants);
    showRows(await rollBack(options.stage, tenants, folder, readManner(options), findKeys(tenants, options)));
  });
