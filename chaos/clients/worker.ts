// A worker of the Node client as a program: its handler does what the mode says, and every step is a line of its output.
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { type Cdr, consumeCdrs } from '../../clients/node/src/consume-cdrs.ts';

const { url, cluster, list, mode, options } = JSON.parse(process.argv[2] ?? '');
const { hostname, port, username, password } = new URL(url);
const address = { host: hostname, port: Number(port) };
const redis = cluster
  ? new Cluster([address], { redisOptions: { username, password }, lazyConnect: true })
  : new Redis({ ...address, username, password, lazyConnect: true });
redis.on('error', () => undefined);

// Written at once: what happened before a kill is known.
const write = (line: object) => writeSync(1, `${JSON.stringify({ at: Date.now(), ...line })}\n`);

const stopping = new AbortController();
process.on('SIGTERM', () => {
  stopping.abort();
  write({ event: 'stopping' });
});

let held = Promise.withResolvers<void>();
process.stdin.on('data', () => held.resolve());

async function handle(cdrs: readonly Cdr[]): Promise<void> {
  const ids = cdrs.map(({ id }) => id);
  write({ event: 'begun', ids });
  if (mode === 'hold' || mode === 'deaf') {
    await held.promise;
    held = Promise.withResolvers();
  }
  if (mode === 'slow') await setTimeout(5);
  if (mode === 'odd') throw Object.create(null);
  if (mode === 'throw' || ids.some((id) => id.startsWith('bad'))) throw new Error('no database');
  write({ event: 'done', ids });
}

const common = {
  list,
  ...options,
  signal: stopping.signal,
  onProgress: (progress: { readonly type: string }, counters: object) => {
    const error = 'error' in progress && progress.error instanceof Error ? `${progress.error}` : undefined;
    write({ event: 'progress', ...progress, error, counters });
    if (mode === 'deaf') throw new Error('deaf');
  },
};

await (options.batch === undefined
  ? consumeCdrs(redis, { ...common, handle: (cdr: Cdr) => handle([cdr]) })
  : consumeCdrs(redis, { ...common, handle }));
redis.disconnect();
process.stdin.destroy();
