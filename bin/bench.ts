// hookline bench: measures, prints a table and JSON lines; with names, only those.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { cold } from '../bench/cold.ts';
import { door } from '../bench/door.ts';
import { type Bench, median, row } from '../bench/figure.ts';
import { hop } from '../bench/hop.ts';
import { marks } from '../bench/marks.ts';
import { peers } from '../bench/peers.ts';
import { relay } from '../bench/relay.ts';
import { root } from '../local/settings.ts';

const benches: Readonly<Record<string, Bench>> = { cold, door, relay, marks, hop, peers };

export const bench = new Command('bench')
  .description('measure, and print a table and JSON lines')
  .argument('[names...]', `which: ${Object.keys(benches).join(', ')} (default: all)`)
  .option('--quick', 'only show that each works; the figures mean nothing')
  .action(run);

async function run(args: string[], { quick }: { quick?: true }): Promise<void> {
  const names = args.length > 0 ? args : Object.keys(benches);
  const unknown = names.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) throw new Error(`the benchmarks are ${Object.keys(benches).join(', ')}`);
  const figures = [];
  for (const name of names) figures.push(...((await benches[name]?.(quick ? 'quick' : 'full')) ?? []));
  console.table(figures.map(row));
  const lines = figures.map((figure) => {
    const { theirs, ...rest } = figure;
    const medians = {
      median: median(figure.ours),
      ...(theirs && {
        theirs: theirs.what,
        their_median: median(theirs.samples),
        their_samples: theirs.samples,
      }),
    };
    return JSON.stringify({ ...rest, ...medians });
  });
  console.log(lines.join('\n'));
  if (!quick) await appendFile(join(root, 'bench/results.jsonl'), `${lines.join('\n')}\n`);
}
