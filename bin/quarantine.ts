// hookline quarantine: what the door refused, seen, mended, replayed or dropped.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { eventNames, knownFields } from '../lib/event.ts';
import { ago, progress, table } from '../ops/output.ts';
import {
  eachCopy,
  eachKept,
  type Kept,
  masked,
  type Overlooked,
  type Replayed,
  reasonOf,
  replay,
  stepsOf,
} from '../ops/quarantine.ts';
import { findTarget, onTarget, type TargetOptions } from '../ops/target.ts';
import { assignment } from './arguments.ts';

type Options = TargetOptions & { readonly json?: true };

export const quarantine = new Command('quarantine').description(
  'what the door refused: see, mend, replay or drop it',
);

const fields = new Set([
  ...knownFields('agent_status'),
  ...eventNames,
  'event',
  'state',
  'call',
  'chat',
  'task',
]);
const bodyOf = ({ body }: Kept) => Buffer.from(body, 'base64').toString();

onTarget(quarantine.command('list'))
  .description('reasons, with counts and an example of each')
  .action(async (options: Options) => {
    const target = await findTarget(options);
    const reasons = new Map<string, { count: number; oldest: number; example: string }>();
    let seen = 0;
    const overlooked = await eachKept(target, async (kept) => {
      progress(`${++seen} seen`);
      const reason = reasonOf(kept);
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
    const rows = [...reasons]
      .map(([reason, group]) => ({ reason, ...group }))
      .sort((a, b) => b.count - a.count);
    if (options.json) console.log(JSON.stringify(rows));
    else if (rows.length === 0) console.log('the quarantine is empty');
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
    const body = options.reveal ? bodyOf(kept) : masked(bodyOf(kept), fields);
    const headers = options.reveal ? rest.headers : Object.keys(rest.headers);
    const path = options.reveal ? rest.path : masked(rest.path, new Set([...fields, 'hooks', 'webitel']));
    const shown = { ...rest, path, headers, kept_at: new Date(message.sentAt).toISOString(), body };
    console.log(
      options.json
        ? JSON.stringify(shown)
        : `${JSON.stringify({ ...shown, body: undefined }, null, 2)}\n\n${body}`,
    );
  });

onTarget(quarantine.command('replay'))
  .description(
    'send what was refused through the same code as the door; what is accepted leaves the quarantine',
  )
  .option('--id <id>', 'one')
  .option('--all', 'every one')
  .option('--set <name=value>', 'set a field of the body; may be repeated', assignment, {})
  .option('--event <event>', 'name the event')
  .option('--body <file>', 'take this body instead; with --id')
  .option('--dry-run', 'say what would happen, and do nothing')
  .addHelpText(
    'after',
    '\nExamples:\n  hookline quarantine replay --all --dry-run\n  hookline quarantine replay --id 6b1f… --set attempt_id=918273 --event leaving',
  )
  .action(
    async (
      options: Options & {
        readonly id?: string;
        readonly all?: true;
        readonly set: Record<string, string>;
        readonly event?: string;
        readonly body?: string;
        readonly dryRun?: true;
      },
    ) => {
      if ((options.id === undefined) === (options.all === undefined))
        throw new Error('name one with --id, or --all');
      if (options.body !== undefined && options.id === undefined) throw new Error('--body goes with --id');
      const body = options.body === undefined ? undefined : await readFile(options.body);
      const mending = { set: options.set, event: options.event, body };
      const target = await findTarget(options);
      const steps = stepsOf(target);
      const replayed: Replayed[] = [];
      const overlooked = await eachKept(target, async (kept) => {
        if (options.id !== undefined && kept.id !== options.id) return false;
        const result = await replay(kept, mending, target, steps, options.dryRun === true);
        replayed.push(result);
        progress(`${replayed.length} replayed`);
        return !options.dryRun && (result.accepted || result.moved);
      });
      progress('');
      warn(overlooked);
      if (options.id !== undefined && replayed.length === 0) throw notThere(options.id);
      tell(replayed, options);
      process.exitCode = overlooked.complete && replayed.every(({ accepted }) => accepted) ? 0 : 1;
    },
  );

onTarget(quarantine.command('drop'))
  .description('forget one refused delivery for good')
  .argument('<id>')
  .action(async (id: string, options: Options) => {
    const target = await findTarget(options);
    const { remove } = stepsOf(target);
    let dropped = 0;
    await eachCopy(target, async (kept) => {
      if (kept.id !== id) return false;
      await remove(kept);
      dropped++;
      return true;
    });
    if (dropped === 0) throw notThere(id);
    console.log(options.json ? JSON.stringify({ dropped: id }) : `dropped ${id}`);
  });

/** Says on the side what a scan could not look at. */
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

function tell(
  replayed: readonly Replayed[],
  { json, dryRun }: { readonly json?: true; readonly dryRun?: true },
): void {
  if (json) {
    console.log(JSON.stringify(replayed));
    return;
  }
  for (const result of replayed) {
    console.log(
      result.accepted
        ? `${result.id} accepted as ${result.event} ${result.event_id}`
        : `${result.id} refused: ${result.reason}`,
    );
  }
  const accepted = replayed.filter((result) => result.accepted).length;
  console.log(
    `${accepted} accepted, ${replayed.length - accepted} refused${dryRun ? ' (a dry run: nothing was done)' : ''}`,
  );
}
