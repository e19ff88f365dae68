// The log line of a refused request: which path, and, only where it is wanted, which address.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../local/settings.ts';

const env = {
  HOOK_TOKENS: 'hush-hush',
  EVENTS_QUEUE_URL: 'http://localhost:1/0/events.fifo',
  QUARANTINE_QUEUE_URL: 'http://localhost:1/0/q',
  AWS_REGION: 'x',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
};

/** What the webhook logs of a request for each of these paths, none with a good token. */
async function linesOf(paths: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const script = `
    const { handler } = await import('./functions/webhook.ts');
    for (const rawPath of ${JSON.stringify(paths)})
      await handler({ rawPath, headers: {}, requestContext: { http: { method: 'POST', sourceIp: '192.0.2.7' } } });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    env: { ...env, ...more },
  });
  const lines = stdout.trim().split('\n');
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}

describe('the line of a refused request', () => {
  it('has its status and path, bounded and without control characters, tokens and address', async () => {
    const paths = ['/hooks/webitel', '/hook/webitel/joined', `/a\u001b[2J/hush-hush/${'long/'.repeat(50)}`];
    const lines = await linesOf(paths);
    assert.deepEqual(
      lines.map(({ message, status, path, address }) => [message, status, path, address]),
      [
        ['refused', 401, '/hooks/webitel', undefined],
        ['refused', 404, '/hook/webitel/joined', undefined],
        ['refused', 404, `/a\\u001b[2J/•••/${'long/'.repeat(17).slice(0, 83)}…`, undefined],
      ],
    );
    assert.ok(lines.every(({ path }) => String(path).length <= 100));
  });

  it('counts a 401 by itself: an alarm watches that figure', async () => {
    const lines = await linesOf(['/hooks/webitel', '/nowhere']);
    assert.deepEqual(
      lines.map(({ refused, unauthorized }) => [refused, unauthorized]),
      [
        [1, 1],
        [1, undefined],
      ],
    );
  });

  it('has the address where LOG_ADDRESSES is on', async () => {
    const [line] = await linesOf(['/hooks/webitel'], { LOG_ADDRESSES: 'on' });
    assert.equal(line?.['address'], '192.0.2.7');
    await assert.rejects(linesOf(['/'], { LOG_ADDRESSES: 'yes' }), /LOG_ADDRESSES must be on or off/);
  });
});
