// The gateway's HTTP server: who answers which path, what is refused, and how every connection ends.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { log } from '../lib/log.ts';
import { answer, describeRefusal, Refused, refuseRaw, type Status } from './access/http.ts';
import { CLOSE_WITHIN } from './access/slow-clients.ts';
import type { AxialysServer } from './axialys/axialys.ts';
import type { ConsoleServer } from './console/console.ts';
import type { ServeMetrics } from './metrics/metrics.ts';
import type { XucServer } from './xuc/xuc.ts';

/** A path: its only method, and what it answers. */
type Route = readonly [method: string, serve: (request: IncomingMessage) => object | Promise<object>];
type Routes = ReadonlyMap<string, Route>;

/** What is served. */
type Services = {
  readonly axialys: AxialysServer;
  readonly xuc: XucServer;
  readonly console: ConsoleServer;
  readonly metrics: ServeMetrics;
  /** origins of browsers' pages that may read the answers */
  readonly origins: readonly string[];
  /** was the stream read to its end once? */
  readonly ready: () => boolean;
  /** is it read now? */
  readonly reading: () => boolean;
};

/** A connection on which a request or its answer doesn't move for so many ms is closed; every Socket.IO poll is shorter. */
const IDLE = 60_000;
/** A load balancer must be the first to close an idle connection: by default it does so after 60 s. */
const KEEP_ALIVE = 75_000;
/** How long a request may take to come in. */
const REQUEST = 80_000;
/** Bytes of all headers of a request: a login or a token, and what a browser and a load balancer add. */
const HEADERS = 8 * 1024;

const CTI = '/xuc/api/2.0/cti';

export function createHttpServer(): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: REQUEST,
    requestTimeout: REQUEST,
    maxHeaderSize: HEADERS,
    // An offer of another protocol, such as h2c, may be passed over.
    shouldUpgradeCallback: ({ headers: { upgrade } }) => upgrade?.toLowerCase() === 'websocket',
  });
  server.setTimeout(IDLE);
  return server;
}

/** Serves all but Socket.IO, which listens for its own. @returns what closes every connection within 5 s */
export function startServing(server: Server, services: Services): () => Promise<void> {
  const routes = listRoutes(services);
  server.on('request', (request, response) => {
    if (isSocketIo(request)) services.axialys.noteRequest(request, request.socket);
    else if (services.console.serves(readPath(request))) serveConsole(services.console, request, response);
    else if (readPath(request) === '/metrics') services.metrics(request, response);
    else serve(routes, services, request, response);
  });
  const open = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (isSocketIo(request)) services.axialys.noteRequest(request, socket);
    else upgrade(services, request, socket, head);
  });
  server.on('clientError', refuseNoHttp);
  return () => close(server, services, open);
}

const listRoutes = ({ axialys, xuc, reading }: Services): Routes =>
  new Map<string, Route>([
    // Of the process alone: whatever replaces a copy that isn't healthy would replace all while Redis is away.
    ['/health', ['GET', () => ({ status: 'ok' })]],
    ['/ready', ['GET', () => answerReady(reading())]],
    ['/ws', ['POST', axialys.login]],
    ['/ws/', ['POST', axialys.login]],
    ['/xuc/api/2.0/auth/login', ['POST', xuc.login]],
    ['/xuc/api/2.0/auth/check', ['GET', xuc.check]],
    [CTI, ['GET', refusePlain]],
  ]);

const readPath = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

const isSocketIo = (request: IncomingMessage) => readPath(request).startsWith('/socket.io/');

async function serve(
  routes: Routes,
  { origins, ready }: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = listCorsHeaders(request.headers.origin, origins);
  try {
    const path = readPath(request);
    const [method, body] = routes.get(path) ?? [];
    if (method === undefined || body === undefined) throw refusePath();
    if (request.method === 'OPTIONS' && 'access-control-allow-origin' in headers) {
      response.writeHead(204, { ...headers, ...PREFLIGHT }).end();
      return;
    }
    if (request.method !== method)
      throw new Refused(405, `Only ${method} is understood here`, {}, { allow: method });
    if (path !== '/health' && path !== '/ready' && !ready()) throw refuseNotReady();
    answer(response, 200, await body(request), headers);
  } catch (error) {
    refuse(response, error, headers, readPath(request).startsWith('/xuc/'));
  }
}

async function serveConsole(
  console: ConsoleServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await console.serve(request, response);
  } catch (error) {
    refuse(response, error, {}, false);
  }
}

function upgrade({ xuc, ready }: Services, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  try {
    if (readPath(request) !== CTI) throw refusePath();
    if (!ready()) throw refuseNotReady();
    xuc.connect(request, socket, head);
  } catch (error) {
    refuseRaw(socket, error instanceof Refused ? error : new Refused(400, 'Not understood'));
  }
}

function refuseNoHttp({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const tooLarge = code === 'HPE_HEADER_OVERFLOW';
  const refused = tooLarge ? new Refused(431, 'Too many headers') : new Refused(400, 'This is no HTTP');
  if (socket.writable) refuseRaw(socket, refused);
  else socket.destroy();
}

/** @param open the connections that became sockets */
async function close(
  server: Server,
  { axialys, xuc, console }: Services,
  open: ReadonlySet<Duplex>,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  axialys.stop();
  xuc.stop();
  console.stop();
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of open) socket.destroy();
  }, CLOSE_WITHIN);
  await closed;
  await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  clearTimeout(cut);
}

const refusePath = () => new Refused(404, 'See docs/live.md for the paths');

const refuseNotReady = () =>
  new Refused(503, 'The stream of events has not been read yet', {}, { 'retry-after': '1' });

function answerReady(reading: boolean): object {
  if (!reading) throw new Refused(503, 'The stream of events is not read');
  return { status: 'ok' };
}

function refusePlain(): never {
  throw new Refused(426, 'Connect with a WebSocket', {}, { upgrade: 'websocket' });
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, x-json',
  'access-control-max-age': '600',
};

/** Closed by default: a page of another origin can't read the answer. */
const listCorsHeaders = (origin: string | undefined, allowed: readonly string[]): Record<string, string> =>
  origin !== undefined && allowed.includes(origin)
    ? { 'access-control-allow-origin': origin, vary: 'origin' }
    : {};

/** The words on which XiVO's clients branch. With NoResponse they keep the login that they have stored. */
const xucErrors: { readonly [S in Status | 500]?: string } = {
  400: 'InvalidJson',
  401: 'InvalidCredentials',
  413: 'InvalidJson',
  429: 'TooManyRequests',
  500: 'NoResponse',
  503: 'NoResponse',
};

/** @param ofXuc is it a path of XiVO's? Then the answer has `error` and `message`, too */
function refuse(
  response: ServerResponse,
  error: unknown,
  headers: Record<string, string>,
  ofXuc: boolean,
): void {
  const words = (status: Status | 500, message: string) =>
    ofXuc && xucErrors[status] !== undefined ? { error: xucErrors[status], message } : {};
  if (error instanceof Refused) {
    const { status, message } = error;
    if (status === 401 || status === 429) log('warn', 'refused', { status });
    const body = { ...words(status, message), ...describeRefusal(error) };
    answer(response, status, body, { ...headers, ...error.headers });
  } else if (!response.destroyed) {
    log('error', 'live gateway failed to answer', { error });
    const body = {
      ...words(500, 'See the log'),
      status: 500,
      title: 'Internal error',
      detail: 'See the log',
    };
    answer(response, 500, body, headers);
  }
}

/** The port. Rejects when it can't listen. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = `Port ${port} is taken: stop what listens there, or set LIVE_PORT`;
      reject(taken ? Object.assign(new Error(message), { code: error.code }) : error);
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
