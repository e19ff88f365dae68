// An entry of a CDR list: its text, its identity and its message.
import { createHash } from 'node:crypto';
import type { CdrMessage } from './messages.ts';

export type Entry = {
  readonly text: string;
  /** the idempotency key: payload.id, if it is 1 to 128 visible ASCII characters, else the SHA-256 of the text in hex */
  readonly id: string;
  /** undefined: it is no message at all */
  readonly message: CdrMessage | undefined;
};

export function readEntry(text: string): Entry {
  const message = readMessage(text);
  const id = message?.payload.id;
  const known = typeof id === 'string' && /^[!-~]{1,128}$/.test(id);
  return { text, id: known ? id : createHash('sha256').update(text).digest('hex'), message };
}

const readMessage = (text: string): CdrMessage | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isMessage = (value: unknown): value is CdrMessage =>
  isObject(value) && typeof value['type'] === 'string' && isObject(value['payload']);
