// hookline call: what became of one call.
import { Command } from 'commander';
import { consumerConfig, listIncompleteKeys, listKeys, readPublishing, sweepConfig } from '../lib/config.ts';
import { accountFor } from '../ops/call.ts';
import { formatAccount } from '../ops/call-view.ts';
import { columns, print, printJson } from '../ops/output.ts';
import { findRedis, onTarget, type TargetOptions, withRedis } from '../ops/target.ts';
import { openRedis, redisTrouble } from '../ops/trouble.ts';

type Options = TargetOptions & { readonly json?: true; readonly source?: string };

export const call = withRedis(onTarget(new Command('call')))
  .argument('<attempt_id>', 'of the call')
  .option('--source <source>', 'of a CloudEvent, as its events name it: cloudevents:/pbx/berlin')
  .addHelpText(
    'after',
    `
The settings of the functions (ENIGMA_BASE, CDR_LISTS, DIALECTS, INCOMPLETE_LISTS) are read from the
environment.
With --json the events are whole, personal data included.

Example:
  hookline call 918273`,
  )
  .action(async (attempt_id: string, options: Options) => {
    const url = await findRedis(options);
    const env = { ...process.env, REDIS_URL: url };
    const config = consumerConfig(env);
    const lists = { cdrs: listKeys(config), incomplete: listIncompleteKeys(sweepConfig(env)) };
    const asked = {
      tenant: options.tenant ?? process.env['TENANT'] ?? 'default',
      source: options.source,
      attempt_id,
    };
    const client = openRedis(url, config.REDIS_CLUSTER === 'true');
    client.on('error', () => undefined);
    try {
      const account = await accountFor(client, asked, lists, readPublishing(config)).catch(
        (error: unknown) => {
          throw redisTrouble(error);
        },
      );
      if (options.json) printJson(account);
      else print(formatAccount(account, config.ENIGMA_BASE, columns()));
      const { steps, hooks, incomplete } = account;
      const isKnown = steps.length + hooks.length + incomplete.length > 0;
      if (!isKnown && account.cdrs.every(({ where }) => where === 'none')) process.exitCode = 1;
    } finally {
      client.disconnect();
    }
  });
