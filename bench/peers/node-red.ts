// The flow editor's peer: Node-RED with node-red-contrib-redis, without its editor.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Npm } from './install.ts';
import { type Peer, startListening, TOKEN } from './peer.ts';

/**
 * A flow that answers when Redis has: http in → function → LPUSH → PUBLISH → 202, and 503 for what fails.
 * It does not: keep anything, tell a hook that comes twice, read the fields, keep the order within a call, tell agents.
 * While Redis is away its hooks wait in memory.
 * @see https://nodered.org/docs/user-guide/runtime/settings-file
 */
export const nodeRed = ({ folder: installed, versionOf }: Npm): Peer => ({
  name: `Node-RED ${versionOf('node-red')}`,
  hook: { method: 'POST', path: '/hooks/webitel' },
  start: async ({ port, redisPort, folder }) => {
    await mkdir(folder, { recursive: true });
    const settingsFile = join(folder, 'settings.cjs');
    await writeFile(settingsFile, `module.exports = ${JSON.stringify(settings(port), null, 2)};\n`);
    await writeFile(join(folder, 'flows.json'), JSON.stringify(flow(redisPort), null, 2));
    const program = join(installed, 'node_modules/node-red/red.js');
    const child = await startListening(
      port,
      process.execPath,
      [program, '--settings', settingsFile, '--userDir', folder],
      {
        env: { NODE_ENV: 'production', HOME: folder, PATH: process.env['PATH'] },
      },
    );
    await flowing(`http://127.0.0.1:${port}/hooks/webitel`);
    return child;
  },
});

/** It listens before its flow does. */
async function flowing(url: string): Promise<void> {
  while ((await fetch(url, { method: 'POST' })).status === 404) await setTimeout(20);
}

const settings = (port: number) => ({
  uiHost: '127.0.0.1',
  uiPort: port,
  flowFile: 'flows.json',
  httpAdminRoot: false,
  disableEditor: true,
  credentialSecret: false,
  telemetry: { enabled: false, updateNotification: false },
  diagnostics: { enabled: false, ui: false },
  runtimeState: { enabled: false, ui: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false, allowUpdate: false } },
  logging: { console: { level: 'off', metrics: false, audit: false } },
});

const read = `
if (msg.req.headers['x-api-key'] !== '${TOKEN}') {
  msg.statusCode = 401;
  msg.payload = '';
  return [null, msg];
}
const hook = msg.payload;
const payload = { ...hook, ref: hook.queue_id };
msg.later = {
  topic: 'enigma:notifications:queues:' + hook.queue_id,
  payload: JSON.stringify({ type: hook.state, payload }),
};
msg.topic = 'enigma:notifications:campaigns';
msg.payload = JSON.stringify({ type: 'cdr', payload });
return [msg, null];`;

const second = `
msg.topic = msg.later.topic;
msg.payload = msg.later.payload;
return msg;`;

const flow = (redisPort: number) => {
  const options = JSON.stringify({ host: '127.0.0.1', port: redisPort });
  const node = (id: string, type: string, more: object, ...wires: string[][]) => ({
    ...{ id, type, z: 'tab', name: '', x: 0, y: 0, wires },
    ...more,
  });
  const call = (command: string) => ({ server: 'redis', command, topic: '', params: '[]', block: false });
  const code = (func: string, outputs: number) => ({ func, outputs, initialize: '', finalize: '', libs: [] });
  return [
    { id: 'tab', type: 'tab', label: 'hooks', disabled: false },
    { id: 'redis', type: 'redis-config', name: '', options, cluster: false, optionsType: 'json' },
    node('in', 'http in', { url: '/hooks/webitel', method: 'post', upload: false }, ['read']),
    node('read', 'function', code(read, 2), ['push'], ['refused']),
    node('push', 'redis-command', call('lpush'), ['second']),
    node('second', 'function', code(second, 1), ['publish']),
    node('publish', 'redis-command', call('publish'), ['accepted']),
    node('accepted', 'http response', { statusCode: '202', headers: {} }),
    node('refused', 'http response', { statusCode: '', headers: {} }),
    node('catch', 'catch', { scope: null, uncaught: false }, ['failed']),
    node('failed', 'http response', { statusCode: '503', headers: {} }),
  ];
};
