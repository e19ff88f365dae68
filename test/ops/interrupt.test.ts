// Ctrl-C while waves run: the first lets the run end in order, the second ends it at once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../local/settings.ts';

const program = `
import { listenForInterrupt } from ${JSON.stringify(join(root, 'bin/interrupt.ts'))};
const { signal } = listenForInterrupt((line) => console.log(line));
signal.addEventListener('abort', () => console.log('aborted'));
setInterval(() => {}, 1_000);
console.log('listening');
`;

describe('an interruption', () => {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    it(`by ${name} aborts first, and ends the process the second time`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
      let out = '';
      let sent = 0;
      child.stdout.on('data', (text) => {
        out += text;
        // Each when the one before has been heard.
        if ((sent === 0 && out.includes('listening')) || (sent === 1 && out.includes('aborted'))) {
          sent++;
          child.kill(name);
        }
      });
      const [, signal] = await once(child, 'close');
      assert.equal(signal, name);
      assert.match(out, /^listening\ninterrupted: no other wave begins.*\naborted\n$/);
    });
  }
});
