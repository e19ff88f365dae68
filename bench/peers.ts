// Hookline against what else could stand between Webitel and Redis: CPU of an event, rate, answers, an outage of Redis.
import { join } from 'node:path';
import { log } from '../lib/log.ts';
import { scratch } from '../local/scratch.ts';
import { type Figure, percentile, type Size } from './figure.ts';
import { bullmq } from './peers/bullmq.ts';
import { type Extent, prepareHookline, type Round } from './peers/hookline.ts';
import { installNpm, unpackDebian } from './peers/install.ts';
import { nginx } from './peers/nginx.ts';
import { nodeRed } from './peers/node-red.ts';
import { hooklineOutage, type Outage, peerOutage, type Script } from './peers/outage.ts';
import type { Peer } from './peers/peer.ts';
import { type Lap, prepare } from './peers/race.ts';
import { webdis } from './peers/webdis.ts';

type Plan = Script & Extent & { readonly rounds: number };

const plans: Readonly<Record<Size, Plan>> = {
  full: { rounds: 4, hooks: 1_500, events: 10_000, duration: 1_200, phase: 2_000, settle: 40_000 },
  quick: { rounds: 1, hooks: 50, events: 50, duration: 200, phase: 500, settle: 20_000 },
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

type Entrant = { readonly name: string; readonly laps: Lap[] };

/** All in turn, round after round; the first doesn't count. */
async function race(installed: readonly Peer[], folder: string, plan: Plan): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  let attempt = 0;
  const next = () => ++attempt;
  const hookline = await prepareHookline(stack, join(folder, 'hookline'), next);
  const entrants: (Entrant & { readonly run: (duration: number) => Promise<Lap> })[] = [];
  for (const [index, peer] of installed.entries()) {
    const run = await prepare(stack, peer, join(folder, `peer-${index}`), next);
    entrants.push({ name: peer.name, run, laps: [] });
  }
  const ours: Round[] = [];
  for (let round = 0; round <= plan.rounds; round++) {
    const mine = await hookline(plan);
    if (round > 0) ours.push(mine);
    for (const { run, laps } of entrants) {
      const lap = await run(plan.duration);
      if (round > 0) laps.push(lap);
    }
  }
  return [...ourCosts(ours), ...costs(ours, entrants), ...paces(ours, entrants)];
}

function ourCosts(rounds: readonly Round[]): Figure[] {
  const parts = {
    'Hookline: CPU of a webhook': rounds.map(({ webhook }) => webhook),
    'Hookline: CPU of a webhook, behind node:http': rounds.map(({ served }) => served),
    'Hookline: CPU of an event in the consumer': rounds.map(({ consumer }) => consumer),
  };
  return Object.entries(parts).map(([measures, samples]) => figure(measures, 'µs', samples));
}

function costs(rounds: readonly Round[], entrants: readonly Entrant[]): Figure[] {
  const totals = {
    'CPU of an event': rounds.map(({ webhook, consumer }) => webhook + consumer),
    'CPU of an event, webhook behind node:http': rounds.map(({ served, consumer }) => served + consumer),
  };
  return Object.entries(totals).flatMap(([measures, ours]) =>
    entrants.map(({ name, laps }) => ({
      ...figure(measures, 'µs', ours),
      theirs: { what: name, samples: laps.map(({ cpu }) => cpu) },
    })),
  );
}

function paces(rounds: readonly Round[], entrants: readonly Entrant[]): Figure[] {
  const rates = entrants.map(({ name, laps }) => {
    const samples = laps.map(({ rate }) => rate);
    return figure(`${name}: rate`, 'events/s', samples);
  });
  const answers = [{ name: 'Hookline behind node:http', laps: rounds }, ...entrants].map(({ name, laps }) => {
    const samples = laps.map(({ load }) => percentile(load.answers, 99));
    return figure(`${name}: answer, p99`, 'ms', samples);
  });
  return [...rates, ...answers];
}

const figure = (measures: string, unit: string, ours: readonly number[]): Figure => ({
  bench: 'peers',
  measures,
  unit,
  ours,
});

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
