// hookline dead-letters: what the line gave up on, seen and sent on its way again.
import { Command } from 'commander';
import { knownFields } from '../lib/event.ts';
import { type DeadLetter, eachDeadLetter, redrive, stepsOf } from '../ops/dead-letters.ts';
import { ago, progress, table } from '../ops/output.ts';
import { masked } from '../ops/quarantine.ts';
import { depthOf } from '../ops/scan.ts';
import { findTarget, onTarget, type TargetOptions } from '../ops/target.ts';

type Options = TargetOptions & { readonly json?: true };

export const deadLetters = new Command('dead-letters').description(
  'what the line gave up on after 1,000 receives: see it, and redrive it',
);

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
    const behind = (await depthOf(target.sqs, target.urls.deadLetters)) - seen;
    if (options.json) console.log(JSON.stringify({ kinds: rows, unseen: Math.max(0, behind) }));
    else if (rows.length === 0) console.log('there are no dead letters');
    else {
      console.log(
        table(
          rows.map(({ what, count, oldest, example }) => ({
            count,
            oldest: ago(oldest, Date.now()),
            example,
            what,
          })),
        ),
      );
      if (behind > 0) console.log(`and about ${behind} behind another of their call`);
    }
  });

onTarget(deadLetters.command('show'))
  .description('one dead letter, its personal data masked')
  .argument('<id>', 'its message id, or the id of its event')
  .option('--reveal', 'with the data')
  .action(async (id: string, options: Options & { readonly reveal?: true }) => {
    const found: DeadLetter[] = [];
    await eachDeadLetter(await findTarget(options), async (letter) => {
      if (letter.message.messageId === id || letter.id === id) found.push(letter);
      return false;
    });
    const [letter] = found;
    if (letter === undefined) throw new Error(`${id} is not among the dead letters that can be seen`);
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
    console.log(
      options.json
        ? JSON.stringify({ ...shown, body: text })
        : `${JSON.stringify(shown, null, 2)}\n\n${text}`,
    );
  });

onTarget(deadLetters.command('redrive'))
  .description(
    'back to the events queue, in the order of each call; a CDR already in its list is not pushed again',
  )
  .option('--dry-run', 'say what would be sent, and do nothing')
  .action(async (options: Options & { readonly dryRun?: true }) => {
    const target = await findTarget(options);
    const steps = stepsOf(target);
    let count = 0;
    const round = async () => {
      const before = count;
      await eachDeadLetter(target, async (letter) => {
        progress(`${++count} redriven`);
        return options.dryRun ? false : redrive(letter, steps);
      });
      return count > before;
    };
    // What stood behind another of its call can be received once that is gone.
    while ((await round()) && !options.dryRun);
    progress('');
    const left = await depthOf(target.sqs, target.urls.deadLetters);
    if (options.dryRun && left > count)
      console.error(`and about ${left - count} behind another of their call`);
    console.log(
      options.json
        ? JSON.stringify({ redriven: options.dryRun ? 0 : count, seen: count })
        : options.dryRun
          ? `${count} would be redriven (a dry run: nothing was done)`
          : `${count} redriven`,
    );
  });
