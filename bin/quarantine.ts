// hookline quarantine: what the door refused, seen, mended, replayed or dropped.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { eventNames, knownFields } from '../lib/event.ts';
import { printable } from '../lib/printable.ts';
import { sources } from '../lib/receive/sources/index.ts';
import { masked } from '../ops/mask.ts';
import { ago, print, printJson, progress, table } from '../ops/output.ts';
import {
  describeReason,
  eachCopy,
  eachKept,
  isUnverified,
  type Kept,
  type Overlooked,
  openSteps,
  type Replayed,
  replayAll,
} from '../ops/quarantine.ts';
import { countMessages, HIDDEN } from '../ops/scan.ts';
import { findTarget, onTarget, type TargetOptions } from '../ops/target.ts';
import { assignment } from './arguments.ts';

type Options = TargetOptions & { readonly json?: true };

export const quarantine = new Command('quarantine');

const fields = new Set([
  ...knownFields('agent_status'),
  ...eventNames,
  'event',
  'state',
  'call',
  'chat',
  'task',
]);
const decodeBody = ({ body }: Kept) => Buffer.from(body, 'base64').toString();

onTarget(quarantine.command('list'))
  .description('reasons, with counts and an example of each')
  .action(async (options: Options) => {
    const target = await findTarget(options);
    const reasons = new Map<string, { count: number; oldest: number; example: string }>();
    let seen = 0;
    const overlooked = await eachKept(target, async (kept) => {
      progress(`${++seen} seen`);
      const reason = describeReason(kept);
      const { count, oldest, example } = reasons.get(reason) ?? {
        count: 0,
        oldest: Number.POSITIVE_INFINITY,
        example: kept.id,
      };
      reasons.set(reason, { count: count + 1, oldest: Math.min(oldest, kept.message.sentAt), example });
      return false;
    });
    progress('');
    warn(overlooked);
    const hidden = Math.max(
      0,
      (await countMessages(target.sqs, target.urls.quarantine)) - seen - overlooked.foreign,
    );
    if (hidden > 0)
      console.error(`and about ${hidden} that another command looks at, or did until it was ended: ${BACK}`);
    const rows = [...reasons]
      .map(([reason, group]) => ({ reason, ...group }))
      .sort((a, b) => b.count - a.count);
    if (options.json) printJson(rows);
    else if (rows.length === 0)
      console.log(hidden > 0 ? 'nothing to be seen now' : 'the quarantine is empty');
    else
      console.log(
        table(
          rows.map(({ reason, count, oldest, example }) => ({
            count,
            oldest: ago(oldest, Date.now()),
            example,
            reason,
          })),
        ),
      );
  });

onTarget(quarantine.command('show'))
  .description('one refused delivery, its personal data masked')
  .argument('<id>', 'as the answer, the log or the list has it')
  .option('--reveal', 'with the data')
  .action(async (id: string, options: Options & { readonly reveal?: true }) => {
    const kept = await one(id, options);
    const { message, body: _, ...rest } = kept;
    const body = options.reveal ? decodeBody(kept) : masked(decodeBody(kept), fields);
    const headers = options.reveal ? rest.headers : Object.keys(rest.headers);
    const path = options.reveal
      ? rest.path
      : masked(rest.path, new Set([...fields, 'hooks', ...Object.keys(sources)]));
    const shown = { ...rest, path, headers, kept_at: new Date(message.sentAt).toISOString(), body };
    if (options.json) printJson(shown);
    else print(`${JSON.stringify({ ...shown, body: undefined }, null, 2)}\n\n${body}`);
  });

onTarget(quarantine.command('replay'))
  .description(
    'send what was refused through the same code as the door: what is accepted leaves the quarantine, the rest stays; exit 1 when some is not accepted',
  )
  .option('--id <id>', 'one')
  .option('--all', 'every one that came with a live token')
  .option('--reason <reason>', 'every one of this kind, as the list names it')
  .option('--set <name=value>', 'set a field of the body; may be repeated', assignment, {})
  .option('--event <event>', 'name the event')
  .option('--body <file>', 'take this body instead; with --id')
  .option('--dry-run', 'say what would become of each, and do nothing')
  .addHelpText(
    'after',
    '\nExamples:\n  hookline quarantine replay --all --dry-run\n  hookline quarantine replay --id 6b1f… --set attempt_id=918273 --event leaving',
  )
  .action(replay);

type ReplayOptions = Options & {
  readonly id?: string;
  readonly all?: true;
  readonly reason?: string;
  readonly set: Record<string, string>;
  readonly event?: string;
  readonly body?: string;
  readonly dryRun?: true;
};

async function replay(options: ReplayOptions): Promise<void> {
  const { id, all, reason, event, dryRun = false } = options;
  if ((id === undefined) === (all === undefined && reason === undefined))
    throw new Error('name one with --id, or --all, or those of one --reason');
  if (options.body !== undefined && id === undefined) throw new Error('--body goes with --id');
  const body = options.body === undefined ? undefined : await readFile(options.body);
  const target = await findTarget(options);
  const chosen = (kept: Kept) =>
    id === undefined
      ? reason === undefined
        ? !isUnverified(kept)
        : [describeReason(kept), printable(describeReason(kept))].includes(reason)
      : kept.id === id;
  const replayed: Replayed[] = [];
  const report = (result: Replayed) => {
    replayed.push(result);
    if (options.json) progress(`${replayed.length} replayed`);
    else print(formatLine(result, dryRun));
  };
  try {
    const what = { chosen, mending: { set: options.set, event, body }, dry: dryRun };
    const overlooked = await replayAll(target, what, openSteps(target), report);
    progress('');
    warn(overlooked);
    if (id !== undefined && replayed.length === 0) throw notThere(id);
    if (reason !== undefined && replayed.length === 0)
      throw new Error('nothing was refused for this reason: hookline quarantine list names the reasons');
    const good = (result: Replayed) => result.accepted && result.left === undefined;
    process.exitCode = overlooked.complete && replayed.every(good) ? 0 : 1;
  } finally {
    // Whatever stopped it: what was done is reported.
    summarise(replayed, options);
  }
}

onTarget(quarantine.command('drop'))
  .description('forget one refused delivery for good')
  .argument('<id>')
  .action(async (id: string, options: Options) => {
    const target = await findTarget(options);
    const { remove } = openSteps(target);
    let dropped = 0;
    await eachCopy(target, async (kept) => {
      if (kept.id !== id) return false;
      const failures = await remove([kept]);
      if (failures.size > 0) throw new Error(`${id} was not deleted: ${[...failures.values()].join()}`);
      dropped++;
      return true;
    });
    if (dropped === 0) throw notThere(id);
    if (options.json) printJson({ dropped: id });
    else print(`dropped ${id}`);
  });

const BACK = `they are back within ${HIDDEN} s`;

/** Reports on stderr what a scan could not look at. */
function warn({ foreign, complete }: Overlooked): void {
  if (foreign > 0) console.error(`${foreign} messages in quarantine are no refused deliveries: left alone`);
  if (!complete) console.error('the queue is too long for one scan: run it again for the rest');
}

const notThere = (id: string) =>
  new Error(`${id} is not in quarantine: hookline quarantine list says what is`);

async function one(id: string, options: Options): Promise<Kept> {
  let found: Kept | undefined;
  await eachKept(await findTarget(options), async (kept) => {
    if (kept.id === id) found = kept;
    return false;
  });
  if (found === undefined) throw notThere(id);
  return found;
}

function formatLine(result: Replayed, dry: boolean): string {
  if (!result.accepted) return `${result.id} ${dry ? 'would be ' : ''}refused: ${result.reason}`;
  const left = result.left === undefined ? '' : `, but not deleted (${result.left}): replay it again`;
  return `${result.id} ${dry ? 'would be ' : ''}accepted as ${result.event} ${result.event_id}${left}`;
}

function summarise(
  replayed: readonly Replayed[],
  { json, dryRun }: { readonly json?: true; readonly dryRun?: true },
): void {
  const accepted = replayed.filter((result) => result.accepted).length;
  if (json) printJson(replayed);
  else
    console.log(
      `${accepted} accepted, ${replayed.length - accepted} refused${dryRun ? ' (a dry run: nothing was done)' : ''}`,
    );
}
