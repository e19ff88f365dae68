// hookline dead-letters: what the line gave up on, seen and sent on its way again.
import { Command } from 'commander';
import { knownFields } from '../lib/event.ts';
import {
  type DeadLetter,
  eachDeadLetter,
  openSteps,
  type Redriven,
  redriveAll,
} from '../ops/dead-letters.ts';
import { masked } from '../ops/mask.ts';
import { ago, print, printJson, progress, table } from '../ops/output.ts';
import { countMessages, HIDDEN } from '../ops/scan.ts';
import { findTarget, onTarget, type TargetOptions } from '../ops/target.ts';

type Options = TargetOptions & { readonly json?: true };

export const deadLetters = new Command('dead-letters');

const UNSEEN = `behind another of their call, or hidden by another command for up to ${HIDDEN} s`;

onTarget(deadLetters.command('list'))
  .description('what they are, with counts and an example of each')
  .action(async (options: Options) => {
    const target = await findTarget(options);
    const kinds = new Map<string, { count: number; oldest: number; example: string }>();
    let seen = 0;
    await eachDeadLetter(target, async ({ what, message }) => {
      progress(`${++seen} seen`);
      const { count, oldest, example } = kinds.get(what) ?? {
        count: 0,
        oldest: message.sentAt,
        example: message.messageId,
      };
      kinds.set(what, { count: count + 1, oldest: Math.min(oldest, message.sentAt), example });
      return false;
    });
    progress('');
    const rows = [...kinds].map(([what, kind]) => ({ what, ...kind }));
    const behind = (await countMessages(target.sqs, target.urls.deadLetters)) - seen;
    if (options.json) {
      printJson({ kinds: rows, unseen: Math.max(0, behind) });
      return;
    }
    const shown = rows.map(({ what, count, oldest, example }) => ({
      count,
      oldest: ago(oldest, Date.now()),
      example,
      what,
    }));
    if (rows.length > 0) console.log(table(shown));
    else console.log(behind > 0 ? 'nothing to be seen now' : 'there are no dead letters');
    if (behind > 0) console.log(`and about ${behind} ${UNSEEN}`);
  });

onTarget(deadLetters.command('show'))
  .description('one dead letter, its personal data masked')
  .argument('<id>', 'its message id, or the id of its event')
  .option('--reveal', 'with the data')
  .action(async (id: string, options: Options & { readonly reveal?: true }) => {
    const found: DeadLetter[] = [];
    await eachDeadLetter(await findTarget(options), async (letter) => {
      if (isNamed(letter, id)) found.push(letter);
      return false;
    });
    const [letter] = found;
    if (letter === undefined) throw notThere(id);
    const { messageId, group, sentAt, receives, body } = letter.message;
    const shown = {
      message_id: messageId,
      event_id: letter.id,
      what: letter.what,
      group,
      sent_at: new Date(sentAt).toISOString(),
      receives,
    };
    const text = options.reveal
      ? body
      : masked(
          body,
          new Set([...knownFields('agent_status'), 'event', 'id', 'tenant', 'received_at', 'variables']),
        );
    if (options.json) printJson({ ...shown, body: text });
    else print(`${JSON.stringify(shown, null, 2)}\n\n${text}`);
  });

onTarget(deadLetters.command('redrive'))
  .description(
    'back to the events queue, in the order of each call; a CDR already in its list is not pushed again. One that cannot be read or sent is left; exit 1 when one is',
  )
  .option('--dry-run', 'say what would be sent, and do nothing')
  .action(async (options: Options & { readonly dryRun?: true }) => {
    const { json, dryRun = false } = options;
    const target = await findTarget(options);
    const left: { message_id: string; event_id: string | undefined; reason: string }[] = [];
    let count = 0;
    const report = ({ letter, left: reason }: Redriven) => {
      if (reason === undefined) progress(`${++count} redriven`);
      else {
        const { message, id } = letter;
        left.push({ message_id: message.messageId, event_id: id, reason });
        progress('');
        if (!json) print(`${message.messageId} ${dryRun ? 'would be ' : ''}left: ${reason}`);
      }
    };
    let behind = 0;
    try {
      await redriveAll(target, openSteps(target), dryRun, report);
      const there = await countMessages(target.sqs, target.urls.deadLetters);
      behind = Math.max(0, there - left.length - (dryRun ? count : 0));
      process.exitCode = left.length > 0 ? 1 : 0;
    } finally {
      // Whatever stopped it: what was done is reported.
      progress('');
      const seen = count + left.length;
      if (json) printJson({ redriven: dryRun ? 0 : count, seen, left, unseen: behind });
      else {
        const done = dryRun
          ? `${count} would be redriven (a dry run: nothing was done)`
          : `${count} redriven`;
        console.log(left.length > 0 ? `${done}, ${left.length} left` : done);
        if (behind > 0) console.log(`and about ${behind} ${UNSEEN}`);
      }
    }
  });

onTarget(deadLetters.command('drop'))
  .description('forget one for good, for what is behind it of its call')
  .argument('<id>', 'its message id, or the id of its event')
  .action(async (id: string, options: Options) => {
    const target = await findTarget(options);
    const { remove } = openSteps(target);
    let dropped = 0;
    await eachDeadLetter(target, async (letter) => {
      if (!isNamed(letter, id)) return false;
      const failures = await remove([letter]);
      if (failures.size > 0) throw new Error(`${id} was not deleted: ${[...failures.values()].join()}`);
      dropped++;
      return true;
    });
    if (dropped === 0) throw notThere(id);
    if (options.json) printJson({ dropped: id });
    else print(`dropped ${id}`);
  });

const isNamed = (letter: DeadLetter, id: string) => letter.message.messageId === id || letter.id === id;

const notThere = (id: string) => new Error(`${id} is not among the dead letters that can be seen`);
