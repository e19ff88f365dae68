// hookline deploy: tenants as their files have them, in waves.
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { explainQuotas } from '../local/quotas.ts';
import { root } from '../local/settings.ts';
import { type Intent, intend, deploy as rollOut } from '../ops/fleet/deploy.ts';
import { splitWaves } from '../ops/fleet/waves.ts';
import { fit, fold, namedTable, print } from '../ops/output.ts';
import {
  chosen,
  findKeys,
  inWaves,
  onFleet,
  type Rollout,
  readManner,
  showRows,
  withKeys,
} from './fleet-options.ts';

type Options = Rollout & { readonly all?: true; readonly dryRun?: true; readonly out: string };

export const deploy = withKeys(inWaves(onFleet(new Command('deploy'))))
  .argument('[tenants...]')
  .option('--all', 'every tenant that has the stage')
  .option('--out <folder>', 'packages into <stage>/<tenant>/', join(root, '.build'))
  .option('--dry-run', 'validate the files and show the table; asks no account')
  .addHelpText(
    'after',
    '\nExamples:\n  hookline deploy --all --stage prod --dry-run\n  hookline deploy acme --stage prod --preview\n  hookline deploy --all --stage prod --wave 10',
  )
  .action(async (tenants: string[], options: Options) => {
    const wanted = {
      stage: options.stage,
      tenants: chosen(tenants, options.all),
      folder: resolve(options.tenants),
      out: resolve(options.out),
    };
    if (options.dryRun) {
      const { code, intents } = await intend(wanted);
      print(`code ${code}\n${showIntents(intents, options.wave)}`);
      print(
        fold(
          `\n${intents.length} tenants, nothing was asked of AWS. A stack whose output Content is the one shown is skipped.`,
        ),
      );
      for (const line of explainQuotas(intents.map(({ plan }) => plan.deployment))) print(`\n${fold(line)}`);
      return;
    }
    showRows(await rollOut(wanted, readManner(options), findKeys(tenants, options)));
  });

function showIntents(intents: readonly Intent[], wave: number): string {
  const place = new Map(
    splitWaves(intents, wave).flatMap((some, number) => some.map((each) => [each, number + 1])),
  );
  return namedTable(
    intents.map((each) => {
      const { names, front, region } = each.plan.deployment;
      return {
        stack: names.stack,
        url: front === 'httpApi' ? 'HTTP API' : 'function',
        region: fit(region, 14),
        content: each.content.slice(0, 8),
        'would be': `in wave ${place.get(each)}`,
      };
    }),
  );
}
