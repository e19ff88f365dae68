// Axialys, real-time notifications of Voice Management: a login over HTTP, then `update` messages over Socket.IO.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { WebSocket } from 'ws';
import { type AxialysEvent, type AxialysUpdate, axialys, updateOf } from '../lib/dialects/axialys.ts';
import { speak } from '../lib/dialects/dialect.ts';
import type { QueueEvent } from '../lib/event.ts';
import { stated } from '../lib/json-fields.ts';
import type { Sight } from './accounts.ts';
import { isObject, jsonObject, LARGEST, originCheck, Refused } from './http.ts';
import { configuration } from './lists.ts';
import { LAST_WORDS, logDropped, type Tell, UNSENT_BYTES, UNSENT_PACKETS, type World } from './world.ts';

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
  const { accounts, sessions, settings, standing, origins, now, addressOf } = world;
  const mayCome = originCheck(origins);
  const clients = new Map<string, Client>();
  const io = new Server<FromClient, ToClient>(server, {
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
      const foreign = !mayCome(request.headers.origin) || /[?&]j=/.test(request.url ?? '');
      decide(foreign ? 'Not from there' : ready() ? null : 'Not ready', !foreign && ready());
    },
  });

  io.on('connection', (socket: AxialysSocket) => {
    const patience = setTimeout(() => drop(socket), INIT_WITHIN);
    socket.on('disconnect', () => {
      clearTimeout(patience);
      clients.delete(socket.id);
    });
    socket.on('init', (...args) => {
      const account = accountOf(socket, args);
      if (account === undefined) {
        clients.delete(socket.id);
        drop(socket);
        return;
      }
      clearTimeout(patience);
      // The page's own example sends it twice.
      if (clients.has(socket.id)) return;
      clients.set(socket.id, { socket, sight: account.sight, slow: watch(socket), cpt: 0 });
    });
  });

  function accountOf({ conn, request }: AxialysSocket, [role, target, id]: unknown[]) {
    const address = addressOf(conn.remoteAddress, request.headers['x-forwarded-for']);
    const account = sessions.open('axialys', id, now(), address);
    const good = role === 'supervisor' && account !== 'expired' && account?.login === target;
    return good ? account : undefined;
  }

  return {
    login: (request) => {
      const { login, password } = credentials(request.headers['x-json']);
      const account = accounts.check(login, password);
      if (account === undefined) throw new Refused(401, 'The login or its password is wrong');
      const address = addressOf(request.socket.remoteAddress, request.headers['x-forwarded-for']);
      return {
        target: account.login,
        id_session: sessions.issue('axialys', account, now() + SESSION, address),
        ...configuration(standing, account.sight, settings),
      };
    },
    tell: (event, { news }, at) => {
      if (clients.size === 0) return;
      const words = speak(axialys, event, stated({ idClient: settings.idClient }));
      const said = words.filter(({ type_notification }) => type_notification === 'queue' || news);
      if (said.length === 0) return;
      const when = { at: event.timestamp ?? event.received_at, now: at };
      for (const client of clients.values()) {
        for (const word of said)
          if (isFor(client.sight, word, event))
            client.socket.emit('update', updateOf(word, { ...when, cpt: ++client.cpt }));
        if (!client.slow()) continue;
        clients.delete(client.socket.id);
        logDropped('axialys', clients.size);
        drop(client.socket);
      }
    },
    stop: () => io.engine.close(),
  };
}

const isFor = (sight: Sight, { type_notification }: AxialysEvent, event: QueueEvent) =>
  type_notification === 'queue' ? sight.queue(event.queue_id) : sight.agent(event.agent_id);

/** The header is bytes, which Node reads as Latin-1. */
function credentials(header: string | string[] | undefined): { login: string; password: string } {
  const text = Buffer.from([header ?? ''].flat().join(), 'latin1').toString();
  const { requete, header: inner } = jsonObject(text);
  if (requete !== 'init' || !isObject(inner)) throw new Refused(400, 'Send the init of the page in X-JSON');
  const { login, password } = inner;
  if (typeof login !== 'string' || typeof password !== 'string')
    throw new Refused(400, 'X-JSON has no login and password');
  return { login, password };
}

/** Counts what waits for the client to take it; answers whether that is too much. */
function watch({ conn }: AxialysSocket): () => boolean {
  let packets = 0;
  let bytes = 0;
  conn.on('packetCreate', ({ data }: { readonly data?: string | Buffer }) => {
    packets++;
    bytes += data?.length ?? 0;
  });
  // It has gone to the transport, which takes nothing more before that is out.
  conn.on('flush', () => {
    packets = 0;
    bytes = 0;
  });
  return () => packets > UNSENT_PACKETS || bytes > UNSENT_BYTES;
}

/** Tells it to go, behind all that it hasn't taken yet: it closes the connection itself, or loses it. */
function drop(socket: AxialysSocket): void {
  const { conn } = socket;
  socket.disconnect();
  const cut = setTimeout(() => {
    const { transport } = conn;
    if ('socket' in transport && transport.socket instanceof WebSocket) transport.socket.terminate();
    conn.close(true);
  }, LAST_WORDS);
  conn.once('close', () => clearTimeout(cut));
}
