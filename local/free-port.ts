// A port of loopback that nobody listens on, for a server that can't take any by itself.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * For a minute nobody else is given it: a connection is closed from the port's side first, which leaves the port in
 * TIME_WAIT. The kernel hands no such port out by itself, and lets a server listen that names it.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = connect(address.port, '127.0.0.1');
  const [accepted]: Socket[] = await once(server, 'connection');
  accepted?.end();
  // Reads on to the end, and then ends its own side.
  await once(client.resume(), 'close');
  server.close();
  await once(server, 'close');
  return address.port;
}
