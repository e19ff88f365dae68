// Axialys, real-time notifications of Voice Management: a login over HTTP, then `update` messages over Socket.IO.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { QueueEvent } from '../../lib/event.ts';
import {
  type AxialysEvent,
  type AxialysUpdate,
  axialys,
  updateOf,
} from '../../lib/publish/dialects/axialys.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { stated } from '../../lib/publish/dialects/json-fields.ts';
import { type Account, type Permissions, readLogin } from '../access/accounts.ts';
import { isObject, jsonObject, LARGEST, originCheck, Refused } from '../access/http.ts';
import { drop, logDrop, watch } from '../access/slow-clients.ts';
import type { Context, Notify } from '../context.ts';
import { configuration } from '../lists.ts';
import { listStates } from '../state/reducer.ts';

/** "valable 2h" */
const SESSION = 2 * 3_600_000;
/** Who connects, and sends no good init within so many ms, is disconnected. */
const INIT_WITHIN = 30_000;

type FromClient = { readonly init: (...args: unknown[]) => void };
type ToClient = { readonly update: (update: AxialysUpdate) => void };
type AxialysSocket = Socket<FromClient, ToClient>;
type Client = {
  readonly socket: AxialysSocket;
  readonly permissions: Permissions;
  /** does more wait for it than may? */
  readonly slow: () => boolean;
  cpt: number;
};

export type AxialysServer = {
  /** Answers to `POST /ws/`. Throws Refused. */
  readonly login: (request: IncomingMessage) => object;
  readonly notify: Notify;
  /** Closes every connection; clients connect again by themselves, to another copy. */
  readonly stop: () => void;
};

/** @param ready are connections taken? */
export function startAxialys(server: HttpServer, context: Context, ready: () => boolean): AxialysServer {
  const { accounts, settings, snapshot, now } = context;
  const clients = new Map<string, Client>();
  const io = socketIoOn(server, context.origins, ready);
  io.on('connection', (socket: AxialysSocket) => {
    const patience = setTimeout(() => drop(socket), INIT_WITHIN);
    socket.on('disconnect', () => {
      clearTimeout(patience);
      clients.delete(socket.id);
    });
    socket.on('init', (...args) => {
      // The page's own example sends it twice.
      if (clients.has(socket.id)) return;
      const account = accountOf(context, socket, args);
      if (account === undefined) return drop(socket);
      clearTimeout(patience);
      clients.set(socket.id, { socket, permissions: account.permissions, slow: watch(socket), cpt: 0 });
    });
  });
  return {
    login: (request) => welcome(context, readLogin(accounts, credentials(request)), request),
    notify: (event, changed) => {
      if (clients.size === 0) return;
      const wordsOf = (of: QueueEvent, queue: boolean) =>
        speak(axialys, of, stated({ idClient: settings.idClient }))
          .filter(({ type_notification }) => (type_notification === 'queue') === queue)
          .map((word) => ({ word, of, at: of.timestamp ?? of.received_at }));
      const states = listStates(snapshot, event, changed);
      const said = [...wordsOf(event, true), ...states.flatMap((state) => wordsOf(state, false))];
      if (said.length === 0) return;
      for (const client of clients.values()) {
        for (const { word, of, at } of said)
          if (isFor(client.permissions, word, of))
            client.socket.emit('update', updateOf(word, { at, now: now(), cpt: ++client.cpt }));
        if (!client.slow()) continue;
        clients.delete(client.socket.id);
        logDrop('axialys', clients.size);
        drop(client.socket);
      }
    },
    stop: () => io.engine.close(),
  };
}

function socketIoOn(server: HttpServer, origins: readonly string[], ready: () => boolean) {
  const mayCome = originCheck(origins);
  return new Server<FromClient, ToClient>(server, {
    path: '/socket.io/',
    // The page is of the time of Socket.IO 2.
    allowEIO3: true,
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: LARGEST,
    destroyUpgrade: false,
    ...(origins.length > 0 && { cors: { origin: [...origins], credentials: true } }),
    // JSONP would be a way around the origin.
    allowRequest: (request, decide) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      const foreign = !mayCome(request.headers.origin) || searchParams.has('j');
      decide(foreign ? 'Not from there' : ready() ? null : 'Not ready', !foreign && ready());
    },
  });
}

/** Whose session an init has. */
function accountOf(context: Context, { conn, request }: AxialysSocket, [role, target, id]: unknown[]) {
  const address = context.addressOf(conn.remoteAddress, request.headers['x-forwarded-for']);
  const account = context.sessions.open('axialys', id, context.now(), address);
  const good = role === 'supervisor' && account !== 'expired' && account?.login === target;
  return good ? account : undefined;
}

/** What a login answers: a session for its address alone, and what is known. */
function welcome(context: Context, account: Account, { socket, headers }: IncomingMessage): object {
  const address = context.addressOf(socket.remoteAddress, headers['x-forwarded-for']);
  return {
    target: account.login,
    id_session: context.sessions.issue('axialys', account, context.now() + SESSION, address),
    ...configuration(context.snapshot, account.permissions, context.settings),
  };
}

const isFor = (permissions: Permissions, { type_notification }: AxialysEvent, event: QueueEvent) =>
  type_notification === 'queue' ? permissions.queue(event.queue_id) : permissions.agent(event.agent_id);

/** The header is bytes, which Node reads as Latin-1. Throws Refused. */
function credentials({ headers }: IncomingMessage): Readonly<Record<string, unknown>> {
  const text = Buffer.from([headers['x-json'] ?? ''].flat().join(), 'latin1').toString();
  const { requete, header } = jsonObject(text);
  if (requete !== 'init' || !isObject(header)) throw new Refused(400, 'Send the init of the page in X-JSON');
  return header;
}
