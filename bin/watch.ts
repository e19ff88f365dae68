// hookline watch: a live view of what is published on Redis and pushed to its lists.
import { Command, Option } from 'commander';
import { consumerConfig, listKeys } from '../lib/config.ts';
import { eventNames } from '../lib/event.ts';
import { columns, fit, printJson } from '../ops/output.ts';
import { findRedis, onTarget, type TargetOptions, withRedis } from '../ops/target.ts';
import { type Filter, type Heard, watch as listen, passes } from '../ops/watch.ts';
import { clock, formatLine, formatLists, formatTotals, impersonal } from '../ops/watch-view.ts';

type Options = TargetOptions & Filter & { readonly json?: true; readonly reveal?: true };

export const watch = withRedis(onTarget(new Command('watch')))
  .option('--queue <id>', 'only this queue')
  .option('--agent <extension>', 'only this agent, by extension or agent_id')
  .addOption(new Option('--type <type>', 'only this type').choices([...eventNames, 'call', 'status', 'cdr']))
  .option('--reveal', 'with the numbers of CDRs; with --json, whole messages, personal data included')
  .addHelpText(
    'after',
    `
A CDR is shown when it is found in its list: one that a worker pops within a second is not seen.
Lines fit the terminal, or COLUMNS; NO_COLOR takes the colours away.

Example:
  hookline watch --queue 42 --type leaving --json`,
  )
  .action(async (options: Options) => {
    const ended = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
    const url = await findRedis(options);
    const config = consumerConfig({ ...process.env, REDIS_URL: url });
    const source = {
      url,
      cluster: config.REDIS_CLUSTER === 'true',
      base: config.ENIGMA_BASE,
      lists: listKeys(config),
      agentTypes: config.AGENT_TYPES,
    };
    const screen = options.json ? jsonScreen(options) : textScreen(source.base, options);
    try {
      await listen(
        source,
        (heard) => passes(heard, options) && screen.hear(heard),
        screen.lists,
        ended.signal,
      );
    } finally {
      screen.end();
    }
  });

type Screen = {
  readonly hear: (heard: Heard) => void;
  readonly lists: (lengths: ReadonlyMap<string, number>) => void;
  readonly end: () => unknown;
};

/** A line for each message and each change of the lists; at the end, how many there were. */
function jsonScreen({ reveal }: Options): Screen {
  const { count, counts } = counter();
  let printed = '';
  return {
    hear: (heard) => {
      count(heard);
      printJson(reveal ? heard : impersonal(heard));
    },
    lists: (lengths) => {
      const lists = Object.fromEntries(lengths);
      if (JSON.stringify(lists) !== printed) printJson({ at: Date.now(), lists });
      printed = JSON.stringify(lists);
    },
    // Nothing was seen of a Redis that could not be reached.
    end: () => printed !== '' && printJson({ at: Date.now(), totals: Object.fromEntries(counts) }),
  };
}

/** The same for people; on a terminal, the totals are in a last line that is written over. */
function textScreen(base: string, { reveal }: Options): Screen {
  const { count, counts } = counter();
  const terminal = process.stdout.isTTY;
  let lists = '';
  const line = (text: string) => console.log(terminal ? `\r\u001b[K${text}` : text);
  const status = () => {
    if (!terminal) return;
    const text = `${clock(Date.now())}  ${lists} | ${formatTotals(counts)}`;
    process.stdout.write(`\r\u001b[K${fit(text, columns() - 1)}`);
  };
  return {
    hear: (heard) => {
      count(heard);
      line(formatLine(heard, base, reveal === true));
      status();
    },
    lists: (lengths) => {
      const now = formatLists(lengths, base);
      if (!terminal && now !== lists) line(fit(`${clock(Date.now())}  lists         ${now}`, columns()));
      lists = now;
      status();
    },
    end: () => {
      if (lists === '') return;
      line(fit(`${clock(Date.now())}  lists         ${lists}`, columns()));
      // All of it, on as many lines as it takes.
      for (const text of layOut(formatTotals(counts), columns() - 24))
        console.log(fit(`${clock(Date.now())}  total         ${text}`, columns()));
    },
  };
}

/** A text of parts with commas between, on lines of at most so many characters where its parts are no longer. */
function layOut(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of text.split(', ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length + 2 > width) lines.push(part);
    else lines[lines.length - 1] = `${last}, ${part}`;
  }
  return lines;
}

function counter() {
  const counts = new Map<string, number>();
  const count = ({ type }: Heard) => counts.set(type, (counts.get(type) ?? 0) + 1);
  return { count, counts };
}
