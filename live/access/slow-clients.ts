// Slow clients: what may wait unsent for one, and how one that has more is told to go.
import type { Socket } from 'socket.io';
import { WebSocket } from 'ws';
import { log } from '../../lib/log.ts';
import type { Kind } from './session.ts';

/** What may wait unsent for one client; whoever has more is too slow. */
const UNSENT_BYTES = 1024 * 1024;
const UNSENT_PACKETS = 1_000;
/** Of Socket.IO, so much more may wait while the client goes on taking: at a backlog it is told much at once. */
const BACKLOG = 16;
/** Who takes nothing for so many ms has stopped. */
const STALLED = 2_000;

/** Who was told to go, and doesn't take even that, is cut off after so many ms. */
export const CLOSE_WITHIN = 5_000;

/** Does more wait for the client than may? */
export const isSlow = ({ bufferedAmount }: WebSocket): boolean => bufferedAmount > UNSENT_BYTES;

/** The same of Socket.IO, which doesn't tell: counts what waits from now on. */
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

/** Tells it to go, behind all that it hasn't taken yet. */
export function dropSlow(socket: WebSocket): void {
  socket.close(1013, 'too slow');
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
