// A redis-server that was killed, and the port that it leaves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { freePort } from '../../local/free-port.ts';
import { isAlive, startRedis } from '../../local/redis-server.ts';
import { scratch } from '../../local/scratch.ts';

it('a Redis that was killed counts as alive until nothing of it listens any more', async () => {
  await using folder = await scratch();
  for (let turn = 0; turn < 10; turn++) {
    const port = await freePort();
    const { pid } = await startRedis(port, folder.path, ['--save', '']);
    process.kill(pid, 'SIGKILL');
    // Without a pause: its parent, which is this process, must not look.
    while (isAlive(pid));
    const listening = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
    assert.ok(!readFileSync('/proc/net/tcp', 'utf8').includes(listening));
  }
});
