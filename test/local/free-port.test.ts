import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { freePort } from '../../local/free-port.ts';
import { until } from '../support/stack.ts';

/** The kernel's name of the state, in /proc/net/tcp. */
const TIME_WAIT = '06';

describe('a free port', () => {
  it('is given to nobody else for a minute, and to the server that names it', async () => {
    const port = await freePort();
    const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const waiting = new RegExp(`: ${address} \\S+ ${TIME_WAIT} `);
    // What the kernel lists while other ports come and go may lack one.
    await until('the port to be kept', async () => waiting.test(await readFile('/proc/net/tcp', 'utf8')));
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});
