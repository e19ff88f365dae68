// hookline call: what became of one call.
import { Command } from 'commander';
import { consumerConfig, listKeys, readPublishing } from '../lib/config.ts';
import { connectTo } from '../lib/redis/connection.ts';
import { accountFor } from '../ops/call.ts';
import { formatAccount } from '../ops/call-view.ts';
import { columns, print, printJson } from '../ops/output.ts';
import { findRedis, onTarget, type TargetOptions, withRedis } from '../ops/target.ts';
import { redisTrouble } from '../ops/trouble.ts';

type Options = TargetOptions & { readonly json?: true; readonly source?: string };

export const call = withRedis(onTarget(new Command('call')))
  .argument('<attempt_id>', 'of the call')
  .option('--source <source>', 'of a CloudEvent, as its events name it: cloudevents:/pbx/berlin')
  .addHelpText(
    'after',
    `
The settings of the consumer (ENIGMA_BASE, CDR_LISTS, DIALECTS) are read from the environment.
With --json the events are whole, personal data included.

Example:
  hookline call 918273`,
  )
  .action(async (attempt_id: string, options: Options) => {
    const url = await findRedis(options);
    const config = consumerConfig({ ...process.env, REDIS_URL: url });
    const lists = listKeys(config);
    const asked = {
      tenant: options.tenant ?? process.env['TENANT'] ?? 'default',
      source: options.source,
      attempt_id,
    };
    const client = connectTo(url, config.REDIS_CLUSTER === 'true');
    client.on('error', () => undefined);
    try {
      const account = await accountFor(client, asked, lists, readPublishing(config)).catch(
        (error: unknown) => {
          throw redisTrouble(error);
        },
      );
      if (options.json) printJson(account);
      else print(formatAccount(account, config.ENIGMA_BASE, columns()));
      const isKnown = account.steps.length + account.hooks.length > 0;
      if (!isKnown && account.cdrs.every(({ where }) => where === 'none')) process.exitCode = 1;
    } finally {
      client.disconnect();
    }
  });
