// The live gateway: a stream of events in, the words of Axialys and of XiVO xuc out, to whoever logged in.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { listKeys } from '../lib/config.ts';
import type { QueueEvent } from '../lib/event.ts';
import { log } from '../lib/log.ts';
import { liveStreamOf } from '../lib/publish.lua.ts';
import { accountsOf } from './accounts.ts';
import { axialysOn } from './axialys.ts';
import type { LiveConfig } from './config.ts';
import { takeEach } from './entries.ts';
import { addressReader, answer, jsonBody, Refused, refusalOf, refuseRaw } from './http.ts';
import { sessionsOf } from './session.ts';
import { startStanding } from './standing.ts';
import { readStream } from './stream.ts';
import { LAST_WORDS, type World } from './world.ts';
import { xucOf } from './xuc.ts';

export type Gateway = {
  readonly port: number;
  /** Tells every client, closes every connection within 5 s, and stops reading. */
  readonly stop: () => Promise<void>;
};

/** A path: its only method, and what it answers. */
type Route = readonly [method: string, serve: (request: IncomingMessage) => object | Promise<object>];

/** An HTTP connection on which nothing moves for so many ms is closed; every Socket.IO poll is shorter. */
const IDLE = 60_000;

/** Rejects when it can't listen. @param now the clock, epoch ms */
export async function startGateway(config: LiveConfig, now: () => number = Date.now): Promise<Gateway> {
  const { standing, take } = startStanding(dayOf);
  const accounts = accountsOf(config);
  const world: World = {
    accounts,
    sessions: sessionsOf(config.LIVE_SECRET, config.TENANT, accounts),
    settings: config.LIVE_SETTINGS,
    standing,
    origins: config.LIVE_ORIGINS,
    now,
    addressOf: addressReader(config.LIVE_PROXIES),
  };
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => serve(request, response));
  server.setTimeout(IDLE);
  let caughtUp = false;
  const xuc = xucOf(world);
  const axialys = axialysOn(server, world, () => caughtUp);

  const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    ['/health', ['GET', () => health(reader.reading())]],
    ['/ws', ['POST', axialys.login]],
    ['/ws/', ['POST', axialys.login]],
    ['/xuc/api/2.0/auth/login', ['POST', async (request) => xuc.login(await jsonBody(request))]],
    ['/xuc/api/2.0/auth/check', ['GET', xuc.check]],
    [CTI, ['GET', onlyUpgrade]],
  ]);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = corsOf(request.headers.origin, config.LIVE_ORIGINS);
    try {
      const path = pathOf(request);
      const [method, body] = routes.get(path) ?? [];
      if (method === undefined || body === undefined)
        throw new Refused(404, 'See docs/live.md for the paths');
      if (request.method === 'OPTIONS' && 'access-control-allow-origin' in headers) {
        response.writeHead(204, { ...headers, ...PREFLIGHT }).end();
        return;
      }
      if (request.method !== method)
        throw new Refused(405, `Only ${method} is understood here`, {}, { allow: method });
      if (path !== '/health' && !caughtUp) throw notReady();
      answer(response, 200, await body(request), headers);
    } catch (error) {
      refuse(response, error, headers);
    }
  }

  const open = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const path = pathOf(request);
    // Socket.IO listens for its own.
    if (path.startsWith('/socket.io/')) return;
    try {
      if (path !== CTI) throw new Refused(404, 'See docs/live.md for the paths');
      if (!caughtUp) throw notReady();
      xuc.connect(request, socket, head);
    } catch (error) {
      refuseRaw(socket, error instanceof Refused ? error : new Refused(400, 'Not understood'));
    }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    if (socket.writable)
      refuseRaw(
        socket,
        tooLarge ? new Refused(431, 'Too many headers') : new Refused(400, 'This is no HTTP'),
      );
    else socket.destroy();
  });

  // The fold's own clients may be told only of what it has taken.
  const tellAll = (event: QueueEvent, news: boolean) => {
    const changed = take(event);
    if (!news) return;
    const at = now();
    axialys.tell(event, changed, at);
    xuc.tell(event, changed, at);
  };

  const port = await listen(server, config.LIVE_PORT, config.LIVE_HOST);
  const begun = performance.now();
  let folded = 0;
  const source = {
    url: config.REDIS_URL,
    cluster: config.REDIS_CLUSTER === 'true',
    key: liveStreamOf(listKeys(config)),
  };
  const reader = readStream(
    source,
    (entries, news) => {
      takeEach(entries, (event) => tellAll(event, news));
      folded += entries.length;
    },
    () => {
      caughtUp = true;
      log('info', 'live gateway has caught up', {
        events: folded,
        ms: Math.round(performance.now() - begun),
      });
    },
  );

  return {
    port,
    stop: async () => {
      await reader.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      axialys.stop();
      xuc.stop();
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of open) socket.destroy();
      }, LAST_WORDS);
      await closed;
      await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
      clearTimeout(cut);
    },
  };
}

const CTI = '/xuc/api/2.0/cti';

const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

/** A number that grows from day to day, in the time zone of the process. */
function dayOf(at: number): number {
  const date = new Date(at);
  return (date.getFullYear() * 100 + date.getMonth()) * 100 + date.getDate();
}

const notReady = () =>
  new Refused(503, 'The stream of events has not been read yet', {}, { 'retry-after': '1' });

function health(reading: boolean): object {
  if (!reading) throw new Refused(503, 'The stream of events is not read');
  return { status: 'ok' };
}

function onlyUpgrade(): never {
  throw new Refused(426, 'Connect with a WebSocket', {}, { upgrade: 'websocket' });
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, x-json',
  'access-control-max-age': '600',
};

/** Closed by default: a page of another origin can't read the answer. */
const corsOf = (origin: string | undefined, allowed: readonly string[]): Record<string, string> =>
  origin !== undefined && allowed.includes(origin)
    ? { 'access-control-allow-origin': origin, vary: 'origin' }
    : {};

function refuse(response: ServerResponse, error: unknown, headers: Record<string, string>): void {
  if (error instanceof Refused) {
    if (error.status === 401) log('warn', 'refused', { status: 401 });
    answer(response, error.status, refusalOf(error), { ...headers, ...error.headers });
  } else if (!response.destroyed) {
    log('error', 'live gateway failed to answer', { error });
    answer(response, 500, { status: 500, title: 'Internal error', detail: 'See the log' }, headers);
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = `Port ${port} is taken: stop what listens there, or set LIVE_PORT`;
      reject(taken ? Object.assign(new Error(message), { code: error.code }) : error);
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
