// An entry of a CDR list: its text, its identity and its message.
import { createHash } from 'node:crypto';
import { type CdrMessage, isCdr, readMessage } from './messages.ts';

export type Entry = {
  readonly text: string;
  /** the idempotency key: payload.id, if it is 1 to 128 visible ASCII characters, else the SHA-256 of the text in hex */
  readonly id: string;
  /** undefined: it is no CDR */
  readonly message: CdrMessage | undefined;
};

export function readEntry(text: string): Entry {
  const message = readMessage(text);
  const id = message !== undefined && 'id' in message.payload ? message.payload.id : undefined;
  const known = typeof id === 'string' && /^[!-~]{1,128}$/.test(id);
  return {
    text,
    id: known ? id : createHash('sha256').update(text).digest('hex'),
    message: message !== undefined && isCdr(message) ? message : undefined,
  };
}
