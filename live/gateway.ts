// The live gateway: a stream of events comes in, the messages of Axialys and of XiVO xuc go out to whoever logged in.
import type { Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { listKeys, readPublishing } from '../lib/config.ts';
import type { QueueEvent } from '../lib/event.ts';
import { log } from '../lib/log.ts';
import { nameLiveStream } from '../lib/redis/keys.ts';
import { createAccounts } from './access/accounts.ts';
import { countConnections } from './access/connections.ts';
import { createAddresses } from './access/http.ts';
import { createSessions } from './access/session.ts';
import { createThrottle } from './access/throttle.ts';
import { startAxialys } from './axialys/axialys.ts';
import type { LiveConfig } from './config.ts';
import { startConsole } from './console/console.ts';
import type { Desk } from './console/desk.ts';
import type { Page } from './console/page.ts';
import type { Context } from './context.ts';
import { createFigures, type Figures } from './metrics/figures.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createHttpServer, listen, startServing } from './server.ts';
import { correctTime } from './state/moment.ts';
import { type Snapshot, startReducer } from './state/reducer.ts';
import { handleEntry } from './stream/entries.ts';
import { createLengths } from './stream/lengths.ts';
import { type Entry, readStream, type Source } from './stream/reader.ts';
import { startXuc } from './xuc/xuc.ts';

export type Gateway = {
  readonly port: number;
  /** Takes what functions on the same machine report. */
  readonly report: Figures['report'];
  readonly reportQueues: Figures['reportQueues'];
  /** Closes every connection within 5 s, and stops reading. */
  readonly stop: () => Promise<void>;
};

/** What a gateway may have beside its settings. */
export type Extras = {
  /** the files of the console; without, there is no console */
  readonly page?: Page | undefined;
  /** what the console does with rights on the queues */
  readonly desk?: Desk | undefined;
  /** of the deployment that the console is of, where it is known */
  readonly stage?: string | undefined;
  /** false: no Redis is read, and the console shows what its desk has */
  readonly stream?: boolean;
};

/** Rejects when it can't listen. @param now the clock, epoch ms */
export async function startGateway(
  config: LiveConfig,
  now: () => number = Date.now,
  { page, desk, stage, stream = true }: Extras = {},
): Promise<Gateway> {
  const { snapshot, reduce } = startReducer(numberDay);
  const server = createHttpServer();
  const context = createContext(config, server, snapshot, now);
  let caughtUp = false;
  const ready = () => caughtUp;
  const xuc = startXuc(context);
  const axialys = startAxialys(server, context, ready);
  const figures = createFigures();
  const source = readSource(config);
  const lengths = createLengths(source, listKeys(config));
  const metrics = createMetrics({
    figures,
    clients: () => ({ axialys: axialys.countClients(), xuc: xuc.countClients() }),
    reading: () => reader.reading(),
    lengths: lengths.read,
    token: config.LIVE_METRICS_TOKEN,
  });
  const console = startConsole(context, {
    page,
    desk,
    stage,
    config,
    publishing: readPublishing(config),
    dayOf: numberDay,
    source: stream ? source : undefined,
    reading: () => reader.reading(),
  });
  const close = startServing(server, {
    metrics,
    axialys,
    xuc,
    console,
    origins: context.origins,
    ready,
    reading: () => reader.reading(),
  });
  const port = await listen(server, config.LIVE_PORT, config.LIVE_HOST);

  // Clients get only what the snapshot has already.
  const isOurs = createTenantCheck(config.TENANT);
  const handle = (event: QueueEvent, late: boolean, news: boolean) => {
    if (!isOurs(event)) return;
    const changed = reduce(event);
    console.note({ event, late }, changed);
    if (!news) return;
    axialys.notify(event, changed);
    xuc.notify(event, changed);
  };
  const begun = performance.now();
  let events = 0;
  const handleAll = async (entries: readonly Entry[], news: boolean) => {
    let yielded = performance.now();
    for (const entry of entries) {
      if (news) figures.note(entry);
      else figures.noteNewest(entry);
      handleEntry(entry, (event, late) => handle(correctTime(event), late, news));
      if (performance.now() - yielded < SLICE) continue;
      await setImmediate();
      yielded = performance.now();
    }
    events += entries.length;
  };
  const begin = () => {
    caughtUp = true;
    const ms = Math.round(performance.now() - begun);
    log('info', 'live gateway has caught up', { events, ms });
  };
  const reader = stream ? readStream(source, handleAll, begin) : noReader;

  return {
    port,
    report: figures.report,
    reportQueues: figures.reportQueues,
    stop: async () => {
      lengths.stop();
      await reader.stop();
      await close();
    },
  };
}

const noReader = { reading: () => false, stop: async () => undefined };

/** After so many ms of a backlog, clients take what they were sent, and others are answered. */
const SLICE = 5;

/** Two tenants on one base share a stream; agents and attempts of both may have the same ids. */
function createTenantCheck(own: string): (event: QueueEvent) => boolean {
  let warned = false;
  return ({ tenant }) => {
    if (tenant === own) return true;
    if (!warned)
      log('warn', 'live stream has events of another tenant: set TENANT, or ENIGMA_BASE', { tenant });
    warned = true;
    return false;
  };
}

function createContext(config: LiveConfig, server: Server, snapshot: Snapshot, now: () => number): Context {
  const accounts = createAccounts(config);
  const addresses = createAddresses(config.LIVE_PROXIES);
  return {
    accounts,
    throttle: createThrottle(),
    sessions: createSessions(config.LIVE_SECRET, config.TENANT, accounts),
    settings: config.LIVE_SETTINGS,
    snapshot,
    origins: config.LIVE_ORIGINS,
    now,
    addresses,
    connections: countConnections(server, addresses),
  };
}

const readSource = (config: LiveConfig): Source => ({
  url: config.REDIS_URL,
  cluster: config.REDIS_CLUSTER === 'true',
  key: nameLiveStream(listKeys(config)),
});

/** A number that grows from day to day, in the time zone of the process. */
function numberDay(at: number): number {
  const date = new Date(at);
  return (date.getFullYear() * 100 + date.getMonth()) * 100 + date.getDate();
}
