// The connections of Socket.IO before their init: each has its time from the handshake on, and all have their number.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server, Socket } from 'socket.io';
import { readNetwork } from '../access/http.ts';
import { limitStrangers } from '../access/strangers.ts';
import type { Context } from '../context.ts';

/** A connection that sends no good init within so many ms is closed. */
const INIT_WITHIN = 30_000;

/** What strangers may hold. */
const STRANGERS = { inAll: 1_000, perAddress: 200 };
/** Of one that asks on many TCP connections, so many are remembered. */
const SOCKETS = 4;

type Connection = Socket['conn'];

type Handshake = {
  /** where it comes from */
  readonly address: string;
  /** the newest TCP connections that it used */
  readonly sockets: Set<Duplex>;
  trusted: boolean;
  readonly leave: () => void;
};

export type Handshakes = {
  /** Where a connection comes from. */
  readonly addressOf: (connection: Connection) => string;
  /** Its init was good. */
  readonly trust: (connection: Connection) => void;
  /** A request of a connection came in over that socket. @param url with its sid */
  readonly note: (url: string | undefined, socket: Duplex) => void;
};

/** @param end ends a connection whose time is over @param within how long that is, ms */
export function watchHandshakes(
  io: Pick<Server, 'engine'>,
  { addresses, connections }: Pick<Context, 'addresses' | 'connections'>,
  end: (connection: Connection) => void,
  within = INIT_WITHIN,
): Handshakes {
  const strangers = limitStrangers(STRANGERS);
  const handshakes = new WeakMap<Connection, Handshake>();
  const bySid = new Map<string, Handshake>();
  const sids = new WeakMap<IncomingMessage, string>();
  io.engine.generateId = (request: IncomingMessage) => {
    const sid = randomBytes(18).toString('base64url');
    sids.set(request, sid);
    return sid;
  };
  io.engine.on('connection', (connection: Connection) => {
    const { request } = connection;
    const { headers, socket } = request;
    const sid = sids.get(request) ?? '';
    const address = addresses.read(connection.remoteAddress, headers['x-forwarded-for']);
    const left = strangers.hold(readNetwork(address), () => connection.close(true));
    const patience = setTimeout(() => end(connection), within);
    const leave = () => {
      clearTimeout(patience);
      left();
    };
    const handshake = { address, sockets: new Set<Duplex>([socket]), trusted: false, leave };
    handshakes.set(connection, handshake);
    bySid.set(sid, handshake);
    connection.once('close', () => {
      leave();
      bySid.delete(sid);
    });
    // The request would stay in memory as long as the connection, with all its headers.
    Object.assign(connection, { request: undefined });
  });
  return {
    addressOf: (connection) => handshakes.get(connection)?.address ?? '',
    trust: (connection) => {
      const handshake = handshakes.get(connection);
      if (handshake === undefined) return;
      handshake.trusted = true;
      handshake.leave();
      for (const socket of handshake.sockets) connections.trust(socket);
      handshake.sockets.clear();
    },
    note: (url = '', socket) => {
      const handshake = bySid.get(/[?&]sid=([^&]*)/.exec(url)?.[1] ?? '');
      if (handshake === undefined) return;
      if (handshake.trusted) return connections.trust(socket);
      handshake.sockets.delete(socket);
      handshake.sockets.add(socket);
      for (const oldest of handshake.sockets) {
        if (handshake.sockets.size <= SOCKETS) return;
        handshake.sockets.delete(oldest);
      }
    },
  };
}
