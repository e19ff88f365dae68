// hookline send: posts one payload file to the door and prints the answer.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { urlOf } from '../local/reach.ts';
import { localSettings } from '../local/settings.ts';

type Options = { readonly url?: string; readonly token?: string; readonly event?: string };

export const send = new Command('send')
  .description('post one payload file to the door and print the answer')
  .argument('<file>', 'such as events/webitel/offering.json')
  .option('--url <url>', 'of the door (default: the run on this machine)')
  .option('--token <token>', 'a live token (default: the first of HOOK_TOKENS)')
  .option('--event <event>', 'name the event in the URL')
  .addHelpText('after', '\nExample:\n  hookline send events/webitel/leaving.json')
  .action(async (file: string, options: Options) => {
    const { PORT, HOOK_TOKENS } = localSettings();
    const base = (options.url ?? urlOf(localSettings().HOST, PORT)).replace(/\/$/, '');
    const path = options.event === undefined ? '' : `/${encodeURIComponent(options.event)}`;
    const token = options.token ?? HOOK_TOKENS.split(',')[0]?.trim() ?? '';
    const body = await readFile(file);
    const headers = { 'content-type': 'application/json', 'x-api-key': token };
    const response = await fetch(`${base}/hooks/webitel${path}`, { method: 'POST', headers, body }).catch(
      (cause) => {
        throw new Error(`nothing answers at ${base}: npm start, or name the door with --url`, { cause });
      },
    );
    console.log(`${response.status} ${await response.text()}`);
    process.exitCode = response.ok ? 0 : 1;
  });
