// Axialys, real-time notifications of Voice Management: a login over HTTP, then `update` messages over Socket.IO.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import type { QueueEvent } from '../../lib/event.ts';
import {
  type AxialysEvent,
  type AxialysUpdate,
  axialys,
  makeUpdate,
} from '../../lib/publish/dialects/axialys.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { stated } from '../../lib/publish/dialects/json-fields.ts';
import { type Permissions, readLogin } from '../access/accounts.ts';
import { createOriginCheck, isObject, LARGEST, parseObject, Refused } from '../access/http.ts';
import { drop, logDrop, watch } from '../access/slow-clients.ts';
import type { Context, Notify } from '../context.ts';
import { listConfiguration } from '../lists.ts';
import { type Changed, listStates } from '../state/reducer.ts';
import { watchHandshakes } from './handshakes.ts';
import { limitFields } from './visible.ts';

/** "valable 2h" */
const SESSION = 2 * 3_600_000;

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
  readonly countClients: () => number;
  /** A request of Socket.IO came in over that connection. */
  readonly noteRequest: (request: IncomingMessage, socket: Duplex) => void;
  /** Closes every connection; clients connect again by themselves, to another copy. */
  readonly stop: () => void;
};

/** @param ready are connections taken? */
export function startAxialys(server: HttpServer, context: Context, ready: () => boolean): AxialysServer {
  const clients = new Map<string, Client>();
  const io = startSocketIo(server, context.origins, ready);
  const sockets = new WeakMap<Socket['conn'], AxialysSocket>();
  const handshakes = watchHandshakes(io, context, (connection) => {
    const socket = sockets.get(connection);
    if (socket === undefined) connection.close(true);
    else drop(socket);
  });
  io.on('connection', (socket: AxialysSocket) => {
    sockets.set(socket.conn, socket);
    socket.on('disconnect', () => {
      clients.delete(socket.id);
    });
    socket.on('init', (...args) => {
      // The page's own example sends it twice.
      if (clients.has(socket.id)) return;
      const account = checkInit(context, handshakes.addressOf(socket.conn), args);
      if (account === undefined) return drop(socket);
      handshakes.trust(socket.conn);
      clients.set(socket.id, { socket, permissions: account.permissions, slow: watch(socket), cpt: 0 });
    });
  });
  return {
    login: (request) => answerLogin(context, request),
    noteRequest: ({ url }, socket) => handshakes.note(url, socket),
    notify: (event, changed) => {
      if (clients.size === 0) return;
      const words = listWords(context, event, changed);
      if (words.length === 0) return;
      for (const client of clients.values()) send(client, words, context.now());
      for (const client of clients.values()) {
        if (!client.slow()) continue;
        clients.delete(client.socket.id);
        logDrop('axialys', clients.size);
        drop(client.socket);
      }
    },
    countClients: () => clients.size,
    stop: () => io.engine.close(),
  };
}

function startSocketIo(server: HttpServer, origins: readonly string[], ready: () => boolean) {
  const mayCome = createOriginCheck(origins);
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
      const foreign = !mayCome(request) || searchParams.has('j');
      decide(foreign ? 'Not from there' : ready() ? null : 'Not ready', !foreign && ready());
    },
  });
}

/** A notification, and the event that it is of. */
type Word = { readonly notification: AxialysEvent; readonly event: QueueEvent };

/** What clients get of an event: where its call is in the queue, and what its agent does. */
function listWords({ snapshot, settings }: Context, event: QueueEvent, changed: Changed): Word[] {
  const idClient = stated({ idClient: settings.idClient });
  const ofQueue = changed.moved ? speak(axialys, event, idClient).filter(isOfQueue) : [];
  const words = ofQueue.map((notification) => ({ notification, event }));
  for (const state of listStates(snapshot, event, changed)) {
    const team = snapshot.agents.get(state.agent_id ?? '')?.team;
    for (const notification of speak(axialys, state, { ...idClient, team }))
      if (!isOfQueue(notification)) words.push({ notification, event: state });
  }
  return words;
}

const isOfQueue = ({ type_notification }: AxialysEvent) => type_notification === 'queue';

function send(client: Client, words: readonly Word[], now: number): void {
  for (const { notification, event } of words) {
    const visible = limitFields(client.permissions, notification, event);
    if (visible === undefined) continue;
    const at = event.timestamp ?? event.received_at;
    client.socket.emit('update', makeUpdate(visible, { at, now, cpt: ++client.cpt }));
  }
}

/** The account whose session an init has, from the address of its login. A target of digits may be a number. */
function checkInit({ sessions, now }: Context, address: string, [role, target, id]: unknown[]) {
  const account = sessions.open('axialys', id, now(), address);
  if (role !== 'supervisor' || account === 'expired' || account === undefined) return undefined;
  return target === account.login || (typeof target === 'number' && `${target}` === account.login)
    ? account
    : undefined;
}

/** What a login answers: a session for its address alone, and what is known. Throws Refused. */
function answerLogin(context: Context, request: IncomingMessage): object {
  const { addresses, now } = context;
  const { socket, headers } = request;
  const address = addresses.read(socket.remoteAddress, headers['x-forwarded-for']);
  const account = readLogin(context, readCredentials(request), address, now());
  return {
    target: account.login,
    id_session: context.sessions.issue('axialys', account, now() + SESSION, address),
    ...listConfiguration(context.snapshot, account.permissions, context.settings),
  };
}

/** The header is bytes, which Node reads as Latin-1. Throws Refused. */
function readCredentials({ headers }: IncomingMessage): Readonly<Record<string, unknown>> {
  const text = Buffer.from([headers['x-json'] ?? ''].flat().join(), 'latin1').toString();
  const { requete, header } = parseObject(text);
  if (requete !== 'init' || !isObject(header)) throw new Refused(400, 'Send the init of the page in X-JSON');
  return header;
}
