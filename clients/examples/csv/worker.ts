// Appends CDRs to one CSV file a day. What is acknowledged is on the disk.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Cdr, type CdrMessage, consumeCdrs } from '../../node/src/consume-cdrs.ts';

const columns: readonly (keyof CdrMessage['payload'])[] = [
  ...(['tenant', 'attempt_id', 'received_at', 'queue_id', 'agent_id', 'extension', 'number'] as const),
  ...(['call_dir', 'dialed_at', 'call_time', 'end_reason', 'end_code'] as const),
];

/** A row is one line: no cell has a line break. */
function writeCell(value: unknown): string {
  const text = `${value ?? ''}`.replaceAll(/[\r\n]+/g, ' ');
  // A spreadsheet would run it as a formula. A number, also of a phone, is none.
  const safe = /^\s*[=+\-@]/.test(text) && !/^[+-]?\d+$/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const writeRow = (cells: readonly unknown[]) => `${cells.map(writeCell).join(',')}\n`;

/** Of the day on which the door took it, in UTC: the same CDR is always of the same day. */
const nameDay = ({ message }: Cdr) => new Date(message.payload.received_at).toISOString().slice(0, 10);

async function append(path: string, rows: string): Promise<void> {
  await using file = await open(path, 'a+');
  const { size } = await file.stat();
  const last = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  // A row without its end was cut off by a crash or a full disk. It was not acknowledged: it comes again.
  const end = `${last.buffer}` === '\n' ? size : (await readFile(path)).lastIndexOf('\n') + 1;
  await file.truncate(end);
  await file.writeFile(end === 0 ? writeRow(['id', ...columns]) + rows : rows);
  await file.sync();
  // The name of a new file is on the disk when its folder is.
  await using inside = await open(folder);
  await inside.sync();
}

/** A disk that is full is no fault of a CDR: it is waited for. */
async function pause(error: unknown): Promise<false> {
  if (stopping.signal.aborted) throw error;
  console.error('waits:', error);
  return setTimeout(1_000, false as const, stopping).catch(() => false);
}

async function save(cdrs: readonly Cdr[]): Promise<void> {
  const rows = cdrs.map((cdr) => ({
    day: nameDay(cdr),
    row: writeRow([cdr.id, ...columns.map((name) => cdr.message.payload[name])]),
  }));
  for (const [day, of] of Map.groupBy(rows, (each) => each.day)) {
    const text = of.map(({ row }) => row).join('');
    const file = join(folder, `${day}.csv`);
    for (let kept = false; !kept; ) kept = await append(file, text).then(() => true, pause);
  }
}

const folder = await realpath(process.argv[2] ?? '.');
// Two on one folder would cut off each other's rows. The kernel gives the lock up with the process, however it dies.
const name = `\0${createHash('sha256').update(folder).digest('hex')}`;
await once(createServer().unref().listen(name), 'listening').catch(() => {
  throw new Error(`another worker writes into ${folder}: give this one a folder of its own`);
});
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());
const redis = new Redis(env['REDIS_URL'] ?? 'redis://127.0.0.1:8001', { lazyConnect: true });
await consumeCdrs(redis, {
  list: 'enigma:notifications:campaigns',
  batch: 100,
  handle: save,
  leaseMs: Number(env['LEASE_MS'] ?? 30_000),
  signal: stopping.signal,
  onProgress: ({ type, ...details }) => console.log(type, details),
});
