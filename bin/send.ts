// hookline send: posts payload files to the door and prints the answers.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { printable } from '../lib/printable.ts';
import { freshen } from '../ops/fresh-payload.ts';
import { postHook } from '../ops/post-hook.ts';
import { findDoor } from '../ops/target.ts';

type Options = {
  readonly url?: string;
  readonly token?: string;
  readonly event?: string;
  readonly new?: true;
};

export const send = new Command('send')
  .argument('<files...>', 'such as events/webitel/offering.json')
  .option('--url <url>', 'of the door (default: the run on this machine)')
  .option('--token <token>', 'a live token (default: the first of HOOK_TOKENS)')
  .option('--event <event>', 'name the event in the URL')
  .option('--new', 'as a new call: another attempt, which ends now; all files are of that attempt')
  .addHelpText('after', '\nExample:\n  hookline send --new events/webitel/leaving.json')
  .action(async (files: string[], options: Options) => {
    const bodies = await read(files, options.new);
    const { door, token } = await findDoor(options);
    const path = options.event === undefined ? '' : `/${encodeURIComponent(options.event)}`;
    for (const body of bodies) {
      const { status, answer } = await postHook(`${door}/hooks/webitel${path}`, token, body);
      console.log(`${status} ${printable(answer)}`);
      if (answer.includes('"repeat":true')) {
        console.error('This event was accepted before, so it makes no second CDR: --new sends a new call.');
      }
      if (status !== 202) process.exitCode = 1;
    }
  });

async function read(
  files: readonly string[],
  asNew: true | undefined,
): Promise<Array<string | Uint8Array<ArrayBuffer>>> {
  if (!asNew) return Promise.all(files.map(async (file) => new Uint8Array(await readFile(file))));
  const now = Date.now();
  // Milliseconds and some digits: no other call of this machine has it, and a double holds it.
  const attempt = `${now}${Math.floor(Math.random() * 1000)}`;
  return freshen(await Promise.all(files.map((file) => readFile(file, 'utf8'))), attempt, now);
}
