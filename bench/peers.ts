// Hookline against what else could stand between Webitel and Redis: CPU of an event, rate, answers, an outage of Redis.
import { join } from 'node:path';
import { log } from '../lib/log.ts';
import { scratch } from '../local/scratch.ts';
import type { Figure, Size } from './figure.ts';
import { bullmq } from './peers/bullmq.ts';
import { prepareHookline, type Round } from './peers/hookline.ts';
import { installNpm, unpackDebian } from './peers/install.ts';
import { percentile } from './peers/load.ts';
import { nginx } from './peers/nginx.ts';
import { nodeRed } from './peers/node-red.ts';
import { hooklineOutage, type Outage, peerOutage, type Script } from './peers/outage.ts';
import type { Peer } from './peers/peer.ts';
import { type Lap, prepare } from './peers/race.ts';
import { webdis } from './peers/webdis.ts';

type Plan = Script & { readonly rounds: number; readonly events: number; readonly duration: number };

const plans: Readonly<Record<Size, Plan>> = {
  full: { rounds: 5, events: 1_500, duration: 1_200, phase: 2_000, settle: 40_000 },
  quick: { rounds: 1, events: 50, duration: 200, phase: 500, settle: 20_000 },
};

export async function peers(size: Size): Promise<Figure[]> {
  const plan = plans[size];
  const installed = await install(size);
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  return [...(await race(installed, folder, plan)), ...(await outages(installed, folder, plan))];
}

/** What can't be installed here is left out, and the log says why. */
async function install(size: Size): Promise<Peer[]> {
  const found: Peer[] = [];
  const add = async (what: string, make: () => Promise<Peer[]>) => {
    try {
      found.push(...(await make()));
    } catch (error) {
      log('warn', `${what} cannot be installed here and is left out`, { error });
    }
  };
  await add('BullMQ', async () => [bullmq(await installNpm('bullmq'))]);
  if (size === 'quick') return found;
  await add('Node-RED', async () => [nodeRed(await installNpm('node-red'))]);
  await add('nginx and webdis', async () => {
    const debian = await unpackDebian();
    return [nginx(debian), webdis(debian)];
  });
  return found;
}

/** All in turn, round after round; the first doesn't count. */
async function race(installed: readonly Peer[], folder: string, plan: Plan): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  let attempt = 0;
  const next = () => ++attempt;
  const hookline = await prepareHookline(stack, join(folder, 'hookline'), next);
  const entrants: { name: string; run: (duration: number) => Promise<Lap>; laps: Lap[] }[] = [];
  for (const [index, peer] of installed.entries()) {
    const run = await prepare(stack, peer, join(folder, `peer-${index}`), next);
    entrants.push({ name: peer.name, run, laps: [] });
  }
  const ours: Round[] = [];
  for (let round = 0; round <= plan.rounds; round++) {
    const mine = await hookline(plan.events, plan.duration);
    if (round > 0) ours.push(mine);
    for (const { run, laps } of entrants) {
      const lap = await run(plan.duration);
      if (round > 0) laps.push(lap);
    }
  }
  return [
    ...cpuFigures(
      'CPU of an event, handlers',
      ours.map(({ handlers }) => handlers),
      entrants,
    ),
    ...cpuFigures(
      'CPU of an event, webhook behind node:http',
      ours.map(({ served }) => served),
      entrants,
    ),
    ...entrants.map(({ name, laps }) =>
      figure(
        `${name}: rate`,
        'events/s',
        laps.map(({ rate }) => rate),
      ),
    ),
    ...[{ name: 'Hookline, webhook behind node:http', laps: ours }, ...entrants].map(({ name, laps }) =>
      figure(
        `${name}: answer, p99`,
        'ms',
        laps.map(({ load }) => percentile(load, 0.99)),
      ),
    ),
  ];
}

const figure = (measures: string, unit: string, ours: readonly number[]): Figure => ({
  bench: 'peers',
  measures,
  unit,
  ours,
});

function cpuFigures(
  measures: string,
  ours: readonly number[],
  entrants: readonly { readonly name: string; readonly laps: readonly Lap[] }[],
): Figure[] {
  const alone = figure(measures, 'µs', ours);
  if (entrants.length === 0) return [alone];
  return entrants.map(({ name, laps }) => ({
    ...alone,
    theirs: { what: name, samples: laps.map(({ cpu }) => cpu) },
  }));
}

/** All at once: nothing is timed. */
async function outages(installed: readonly Peer[], folder: string, script: Script): Promise<Figure[]> {
  const all: readonly [string, Promise<Outage>][] = [
    ['Hookline', hooklineOutage(join(folder, 'outage'), script)],
    ...installed.map((peer, index): [string, Promise<Outage>] => [
      peer.name,
      peerOutage(peer, join(folder, `outage-${index}`), script),
    ]),
  ];
  await Promise.all(all.map(([, outage]) => outage));
  const figures: Figure[] = [];
  for (const [name, outage] of all) {
    const { sent, answered, lost, missing, doubled } = await outage;
    const of = (what: string) => `${name}, Redis killed: ${what}`;
    figures.push(
      figure(of('answered 2xx and lost'), `of ${answered} CDRs`, [lost]),
      figure(of('sent and never in the list'), `of ${sent} CDRs`, [missing]),
      figure(of('in the list twice'), `of ${sent} CDRs`, [doubled]),
    );
  }
  return figures;
}
