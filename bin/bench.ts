// hookline bench: measures, prints a table and JSON lines; with names, only those.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { calls } from '../bench/calls.ts';
import { cloud } from '../bench/cloud.ts';
import { cold } from '../bench/cold.ts';
import { door } from '../bench/door.ts';
import { type Bench, type Figure, line, row } from '../bench/figure.ts';
import { hop } from '../bench/hop.ts';
import { live } from '../bench/live.ts';
import { markers } from '../bench/markers.ts';
import { peers } from '../bench/peers.ts';
import { relay } from '../bench/relay.ts';
import { worker } from '../bench/worker.ts';
import { consumerConfig } from '../lib/config.ts';
import { root } from '../local/settings.ts';
import { wholeFrom } from './arguments.ts';

const benches: Readonly<Record<string, Bench>> = {
  cold,
  door,
  relay,
  markers,
  calls,
  hop,
  live,
  peers,
  worker,
};

type Options = { readonly quick?: true };
type CloudOptions = Options & {
  readonly url?: string;
  readonly token?: string;
  readonly redis?: string;
  readonly hooks: number;
};

const onCloud = new Command('cloud')
  .description(
    'measure a deployment from outside: real hooks of queue 42, whose events are published and make no CDR',
  )
  .option('--url <url>', 'of its door, as https://…')
  .option(
    '--token <token>',
    'a live one (default: the first of HOOK_TOKENS; better there than in your history)',
  )
  .option('--redis <url>', 'also how soon events are out there (ENIGMA_BASE: under which base)')
  .option('--hooks <count>', 'one after the other, and as many again with ten in flight', wholeFrom(2), 200)
  .option('--quick', 'only show that it works: nothing is kept')
  .action(({ quick, ...options }: CloudOptions) => report(() => measureCloud(options), quick));

export const bench = new Command('bench')
  .argument('[names...]', `which: ${Object.keys(benches).join(', ')} (default: all), or cloud`)
  .option('--quick', 'only show that each works; the figures mean nothing')
  .enablePositionalOptions()
  .addCommand(onCloud)
  .action((names: string[], { quick }: Options) => report(() => measure(names, quick), quick));

async function measure(args: string[], quick?: true): Promise<Figure[]> {
  const names = args.length > 0 ? args : Object.keys(benches);
  const unknown = names.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    throw new Error(`the benchmarks are ${Object.keys(benches).join(', ')}, and, alone, cloud`);
  }
  const figures = [];
  for (const name of names) figures.push(...((await benches[name]?.(quick ? 'quick' : 'full')) ?? []));
  return figures;
}

async function measureCloud({ url, token: given, redis, hooks }: CloudOptions): Promise<Figure[]> {
  if (url === undefined || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error('give the URL of the door of a deployment: --url https://…');
  }
  const token = given ?? process.env['HOOK_TOKENS']?.split(',')[0]?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Error('give one of its live tokens: --token …, or HOOK_TOKENS in the environment');
  }
  const base = () => consumerConfig({ ...process.env, REDIS_URL: redis }).ENIGMA_BASE;
  return cloud({
    url: url.replace(/\/$/, ''),
    token,
    hooks,
    ...(redis !== undefined && { redis: { url: redis, base: base() } }),
  });
}

async function report(takeFigures: () => Promise<readonly Figure[]>, quick?: true): Promise<void> {
  const begun = performance.now();
  const figures = await takeFigures();
  console.table(figures.map(row));
  const lines = figures.map(line).join('\n');
  console.log(lines);
  if (!quick) await appendFile(join(root, 'bench/results.jsonl'), `${lines}\n`);
  console.log(`measured in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
}
