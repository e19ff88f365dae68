// Serves the page, and Socket.IO's client beside it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env } from 'node:process';

const library = dirname(createRequire(import.meta.url).resolve('socket.io-client/package.json'));
const files = new Map<string, readonly [path: string, type: string]>([
  ['/', [join(import.meta.dirname, 'index.html'), 'text/html']],
  ['/screen-pop.js', [join(import.meta.dirname, 'screen-pop.js'), 'text/javascript']],
  ['/socket.io.js', [join(library, 'dist/socket.io.min.js'), 'text/javascript']],
]);

const server = createServer(async ({ url = '/' }, response) => {
  const [path, type] = files.get(url.replace(/[?].*/, '')) ?? [];
  if (path === undefined) return response.writeHead(404).end();
  const content = await readFile(path);
  // Only what is served here runs in the page; it may connect to any gateway.
  const policy = "default-src 'self'; style-src 'unsafe-inline'; connect-src *";
  return response
    .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy })
    .end(content);
});
const port = Number(env['PORT'] ?? 8080);
server.listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${port}`);
});
