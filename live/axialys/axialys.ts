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
import { type Account, loginOf, type Sight } from '../access/accounts.ts';
import { isObject, jsonObject, LARGEST, originCheck, Refused } from '../access/http.ts';
import { drop, logDropped, watch } from '../access/slow-clients.ts';
import { configuration } from '../lists.ts';
import { statesToSay } from '../state/reducer.ts';
import type { Tell, World } from '../world.ts';

/** "valable 2h" */
const SESSION = 2 * 3_600_000;
/** Who connects, and sends no good init within so many ms, is disconnected. */
const INIT_WITHIN = 30_000;

type FromClient = { readonly init: (...args: unknown[]) => void };
type ToClient = { readonly update: (update: AxialysUpdate) => void };
type AxialysSocket = Socket<FromClient, ToClient>;
type Client = {
  readonly socket: AxialysSocket;
  readonly sight: Sight;
  /** does more wait for it than may? */
  readonly slow: () => boolean;
  cpt: number;
};

export type AxialysServer = {
  /** Answers to `POST /ws/`. Throws Refused. */
  readonly login: (request: IncomingMessage) => object;
  readonly tell: Tell;
  /** Closes every connection; clients connect again by themselves, to another copy. */
  readonly stop: () => void;
};

/** @param ready are connections taken? */
export function axialysOn(server: HttpServer, world: World, ready: () => boolean): AxialysServer {
  const { accounts, settings, standing, now } = world;
  const clients = new Map<string, Client>();
  const io = socketIoOn(server, world.origins, ready);
  io.on('connection', (socket: AxialysSocket) => {
    const patience = setTimeout(() => drop(socket), INIT_WITHIN);
    socket.on('disconnect', () => {
      clearTimeout(patience);
      clients.delete(socket.id);
    });
    socket.on('init', (...args) => {
      // The page's own example sends it twice.
      if (clients.has(socket.id)) return;
      const account = accountOf(world, socket, args);
      if (account === undefined) return drop(socket);
      clearTimeout(patience);
      clients.set(socket.id, { socket, sight: account.sight, slow: watch(socket), cpt: 0 });
    });
  });
  return {
    login: (request) => welcome(world, loginOf(accounts, credentials(request)), request),
    tell: (event, changed) => {
      if (clients.size === 0) return;
      const wordsOf = (of: QueueEvent, queue: boolean) =>
        speak(axialys, of, stated({ idClient: settings.idClient }))
          .filter(({ type_notification }) => (type_notification === 'queue') === queue)
          .map((word) => ({ word, of, at: of.timestamp ?? of.received_at }));
      const states = statesToSay(standing, event, changed);
      const said = [...wordsOf(event, true), ...states.flatMap((state) => wordsOf(state, false))];
      if (said.length === 0) return;
      for (const client of clients.values()) {
        for (const { word, of, at } of said)
          if (isFor(client.sight, word, of))
            client.socket.emit('update', updateOf(word, { at, now: now(), cpt: ++client.cpt }));
        if (!client.slow()) continue;
        clients.delete(client.socket.id);
        logDropped('axialys', clients.size);
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
function accountOf(world: World, { conn, request }: AxialysSocket, [role, target, id]: unknown[]) {
  const address = world.addressOf(conn.remoteAddress, request.headers['x-forwarded-for']);
  const account = world.sessions.open('axialys', id, world.now(), address);
  const good = role === 'supervisor' && account !== 'expired' && account?.login === target;
  return good ? account : undefined;
}

/** What a login answers: a session for its address alone, and what is known. */
function welcome(world: World, account: Account, { socket, headers }: IncomingMessage): object {
  const address = world.addressOf(socket.remoteAddress, headers['x-forwarded-for']);
  return {
    target: account.login,
    id_session: world.sessions.issue('axialys', account, world.now() + SESSION, address),
    ...configuration(world.standing, account.sight, world.settings),
  };
}

const isFor = (sight: Sight, { type_notification }: AxialysEvent, event: QueueEvent) =>
  type_notification === 'queue' ? sight.queue(event.queue_id) : sight.agent(event.agent_id);

/** The header is bytes, which Node reads as Latin-1. Throws Refused. */
function credentials({ headers }: IncomingMessage): Readonly<Record<string, unknown>> {
  const text = Buffer.from([headers['x-json'] ?? ''].flat().join(), 'latin1').toString();
  const { requete, header } = jsonObject(text);
  if (requete !== 'init' || !isObject(header)) throw new Refused(400, 'Send the init of the page in X-JSON');
  return header;
}
