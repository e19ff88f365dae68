// The least peer: webdis, Redis itself over HTTP.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Debian } from './install.ts';
import { CHANNEL, LIST, type Peer, startListening } from './peer.ts';

/**
 * A request is one Redis command whose last argument is the body (PUT; a POST would be the command itself), so a flow
 * has to name the channel, and sends one request to publish and another to push.
 * It does not: know a token, read the body, or anything of what Hookline does after that.
 * @see https://github.com/nicolasff/webdis
 */
export const webdis = ({ root, env, versionOf }: Debian): Peer => ({
  name: `webdis ${versionOf('webdis')}`,
  hook: { method: 'PUT', path: `/PUBLISH/${CHANNEL}` },
  push: { method: 'PUT', path: `/LPUSH/${LIST}` },
  start: async ({ port, redisPort, folder }) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'webdis.json');
    await writeFile(file, JSON.stringify(settings(port, redisPort, folder)));
    return startListening(port, join(root, 'usr/bin/webdis'), [file], { env, cwd: folder });
  },
});

const settings = (port: number, redisPort: number, folder: string) => ({
  redis_host: '127.0.0.1',
  redis_port: redisPort,
  http_host: '127.0.0.1',
  http_port: port,
  threads: 2,
  pool_size: 10,
  daemonize: false,
  verbosity: 0,
  logfile: join(folder, 'webdis.log'),
});
