// A TCP proxy between two ports, so that a test can open, cut and delay a way.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Passes `from` on to `to` on loopback. */
export async function startProxy(
  from: number,
  to: number,
): Promise<{ readonly port: number; readonly cut: () => void; readonly stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(from, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
