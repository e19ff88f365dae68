// A TCP proxy between the bridge and its Redis: it can be shut, and cut at any byte of a reply.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** Passes so many more bytes of replies on, over all connections; then it cuts them all. */
  readonly cutAfter: (bytes: number) => void;
  /** Replies take so many milliseconds more. */
  readonly delay: (milliseconds: number) => void;
  /** Cuts all connections, and takes no new ones until it is opened. */
  readonly shut: () => void;
  readonly open: () => void;
  /** Cuts all connections; new ones lead to another port. */
  readonly lead: (to: number) => void;
  readonly stop: () => Promise<void>;
};

/** Passes a port of loopback on to another. @param from 0 takes a free one */
export async function startProxy(from: number, to: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  let closed = false;
  let delay = 0;
  let target = to;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (closed) return near.destroy();
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    const answer = (reply: Buffer) => {
      near.write(reply.subarray(0, left));
      left -= reply.length;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      // What was passed on shall arrive before the end does.
      near.end(cut);
    };
    far.on('data', (reply) => {
      if (delay === 0) answer(reply);
      else setTimeout(answer, delay, reply);
    });
    return undefined;
  });
  server.listen(from, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cutAfter: (bytes) => {
      left = bytes;
    },
    delay: (milliseconds) => {
      delay = milliseconds;
    },
    shut: () => {
      closed = true;
      cut();
    },
    open: () => {
      closed = false;
    },
    lead: (port) => {
      target = port;
      cut();
    },
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
