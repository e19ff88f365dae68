// Slow clients: what may wait unsent for one, and how a client is closed for which more waits.
import type { Socket } from 'socket.io';
import { WebSocket } from 'ws';
import { log } from '../../lib/log.ts';
import type { Kind } from './session.ts';

/** What may wait unsent for one client; a client for which more waits is too slow. */
const UNSENT_BYTES = 1024 * 1024;
const UNSENT_PACKETS = 1_000;
/** Of Socket.IO, so much more may wait while the client goes on taking: after an outage it is sent much at once. */
const BACKLOG = 16;
/** Who takes nothing for so many ms has stopped. */
const STALLED = 2_000;

/** A client that doesn't take the end of its connection is cut off after so many ms. */
export const CLOSE_WITHIN = 5_000;

/** Does more wait for the client than may? */
export const isSlow = ({ bufferedAmount }: WebSocket): boolean => bufferedAmount > UNSENT_BYTES;

/** The same of Socket.IO, which has no such figure: counts what waits from now on. */
export function watch({ conn }: Pick<Socket, 'conn'>): () => boolean {
  let packets = 0;
  let bytes = 0;
  let taken = performance.now();
  conn.on('packetCreate', ({ data }: { readonly data?: string | Buffer }) => {
    packets++;
    bytes += data?.length ?? 0;
  });
  // It has gone to the transport, which takes nothing more before that is out.
  conn.on('flush', () => {
    packets = 0;
    bytes = 0;
    taken = performance.now();
  });
  const isOver = (times: number) => packets > times * UNSENT_PACKETS || bytes > times * UNSENT_BYTES;
  return () => isOver(BACKLOG) || (isOver(1) && performance.now() - taken > STALLED);
}

/** Closes a WebSocket behind all that it hasn't taken yet. 1013 would fit the slow, but common libraries don't know it. */
export function closeSocket(socket: WebSocket, reason: string): void {
  socket.resume();
  socket.close(1008, reason);
  cutOff(socket, () => socket.terminate());
}

/** The same of Socket.IO, for any reason: the client closes the connection itself, or loses it. */
export function drop(socket: Pick<Socket, 'conn' | 'disconnect'>): void {
  const { conn } = socket;
  socket.disconnect();
  cutOff(conn, () => {
    const { transport } = conn;
    if ('socket' in transport && transport.socket instanceof WebSocket) transport.socket.terminate();
    conn.close(true);
  });
}

function cutOff(connection: Pick<WebSocket | Socket['conn'], 'once'>, cut: () => void): void {
  const patience = setTimeout(cut, CLOSE_WITHIN);
  connection.once('close', () => clearTimeout(patience));
}

/** @param clients of the protocol that are left */
export const logDrop = (protocol: Kind, clients: number): void =>
  log('warn', 'client dropped: too slow', { protocol, clients });
