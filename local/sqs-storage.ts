// The emulator of SQS when its disk takes no data: it must not answer that it has what it hasn't, and must say why.

import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { storageError } from './storage.ts';

/** What is used of a queue of the emulator, which exports it to nobody. */
type EmulatedQueue = Record<Writing, (this: EmulatedQueue, ...args: unknown[]) => unknown> & {
  readonly persistence?: { readonly db: DatabaseSync };
  readonly deduplicationCache: { readonly delete: (id: string) => void };
};

const writing = ['nextSequenceNumber', 'enqueue', 'dequeue', 'deleteMessage'] as const;
type Writing = (typeof writing)[number];

const module = new URL('sqs/sqsStore.js', import.meta.resolve('fauxqs'));
const { SqsQueue }: { readonly SqsQueue: { readonly prototype: EmulatedQueue } } = await import(module.href);

for (const name of writing) {
  const original = SqsQueue.prototype[name];
  SqsQueue.prototype[name] = function write(...args) {
    try {
      return original.apply(this, args);
    } catch (error) {
      if (name === 'enqueue') forget(this, args[0]);
      throw named(this, error);
    }
  };
}

/**
 * It notes the deduplication id before the message is on the disk: when that fails, the sender's next try would be
 * taken for a repeat, answered 200, and lost.
 */
function forget({ deduplicationCache }: EmulatedQueue, message: unknown): void {
  const { messageDeduplicationId: id } = message as { readonly messageDeduplicationId?: string };
  if (id !== undefined) deduplicationCache.delete(id);
}

function named({ persistence }: EmulatedQueue, error: unknown): unknown {
  const file = persistence?.db.location();
  return file == null ? error : storageError(error, dirname(file));
}
