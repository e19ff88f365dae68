// The live gateway: a stream of events in, the words of Axialys and of XiVO xuc out, to whoever logged in.
import { setImmediate } from 'node:timers/promises';
import { listKeys } from '../lib/config.ts';
import type { QueueEvent } from '../lib/event.ts';
import { log } from '../lib/log.ts';
import { nameLiveStream } from '../lib/redis/keys.ts';
import { accountsOf } from './access/accounts.ts';
import { addressReader } from './access/http.ts';
import { sessionsOf } from './access/session.ts';
import { axialysOn } from './axialys/axialys.ts';
import type { LiveConfig } from './config.ts';
import { listen, newServer, serveOn } from './server.ts';
import { startStanding } from './state/reducer.ts';
import { takeEach } from './stream/entries.ts';
import { type Entry, readStream, type Source } from './stream/reader.ts';
import type { World } from './world.ts';
import { xucOf } from './xuc/xuc.ts';

export type Gateway = {
  readonly port: number;
  /** Tells every client, closes every connection within 5 s, and stops reading. */
  readonly stop: () => Promise<void>;
};

/** Rejects when it can't listen. @param now the clock, epoch ms */
export async function startGateway(config: LiveConfig, now: () => number = Date.now): Promise<Gateway> {
  const { standing, take } = startStanding(dayOf);
  const world = worldOf(config, standing, now);
  const server = newServer();
  let caughtUp = false;
  const ready = () => caughtUp;
  const xuc = xucOf(world);
  const axialys = axialysOn(server, world, ready);
  const close = serveOn(server, {
    axialys,
    xuc,
    origins: world.origins,
    ready,
    reading: () => reader.reading(),
  });
  const port = await listen(server, config.LIVE_PORT, config.LIVE_HOST);

  // The fold's own clients may be told only of what it has taken.
  const isOurs = tenantCheck(config.TENANT);
  const takeAndTell = (event: QueueEvent, news: boolean) => {
    if (!isOurs(event)) return;
    const changed = take(event);
    if (!news) return;
    axialys.tell(event, changed);
    xuc.tell(event, changed);
  };
  const begun = performance.now();
  let folded = 0;
  const takeAll = async (entries: readonly Entry[], news: boolean) => {
    for (let first = 0; first < entries.length; first += SLICE) {
      takeEach(entries.slice(first, first + SLICE), (event) => takeAndTell(event, news));
      if (news) await setImmediate();
    }
    folded += entries.length;
  };
  const reader = readStream(sourceOf(config), takeAll, () => {
    caughtUp = true;
    const ms = Math.round(performance.now() - begun);
    log('info', 'live gateway has caught up', { events: folded, ms });
  });

  return {
    port,
    stop: async () => {
      await reader.stop();
      await close();
    },
  };
}

/** After so many events of a backlog, clients take what they were told. */
const SLICE = 50;

/** Two tenants on one base share a stream; agents and attempts of both may have the same ids. */
function tenantCheck(own: string): (event: QueueEvent) => boolean {
  let told = false;
  return ({ tenant }) => {
    if (tenant === own) return true;
    if (!told)
      log('warn', 'live stream has events of another tenant: set TENANT, or ENIGMA_BASE', { tenant });
    told = true;
    return false;
  };
}

function worldOf(config: LiveConfig, standing: World['standing'], now: () => number): World {
  const accounts = accountsOf(config);
  return {
    accounts,
    sessions: sessionsOf(config.LIVE_SECRET, config.TENANT, accounts),
    settings: config.LIVE_SETTINGS,
    standing,
    origins: config.LIVE_ORIGINS,
    now,
    addressOf: addressReader(config.LIVE_PROXIES),
  };
}

const sourceOf = (config: LiveConfig): Source => ({
  url: config.REDIS_URL,
  cluster: config.REDIS_CLUSTER === 'true',
  key: nameLiveStream(listKeys(config)),
});

/** A number that grows from day to day, in the time zone of the process. */
function dayOf(at: number): number {
  const date = new Date(at);
  return (date.getFullYear() * 100 + date.getMonth()) * 100 + date.getDate();
}
