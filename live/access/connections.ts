// The TCP connections of the gateway: all are a stranger's until somebody logs in on them.
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Addresses, readNetwork } from './http.ts';
import { limitStrangers } from './strangers.ts';

/** What strangers may hold. A load balancer has many connections of many clients: it is no one address. */
const STRANGERS = { inAll: 2_000, perAddress: 500 };
/** The most connections of all, logged in or not. */
const MOST = 20_000;

export type Connections = {
  /** Somebody logged in: the connection is a stranger's no more. */
  readonly trust: (socket: Duplex) => void;
};

/** Begins to count the connections of a server. */
export function countConnections(server: Server, { read, isProxy }: Addresses): Connections {
  const strangers = limitStrangers(STRANGERS);
  const leave = new WeakMap<Duplex, () => void>();
  server.maxConnections = MOST;
  server.on('connection', (socket) => {
    const address = read(socket.remoteAddress);
    const left = strangers.hold(isProxy(address) ? undefined : readNetwork(address), () => socket.destroy());
    leave.set(socket, left);
    socket.once('close', left);
  });
  return { trust: (socket) => leave.get(socket)?.() };
}
