// An entry of a CDR list: its text, its identity and its message.
import { createHash } from 'node:crypto';
import { type CdrMessage, isCdr, readMessage } from './messages.ts';

export type Entry = Text & {
  /** the idempotency key: payload.id, if it is 1 to 128 visible ASCII characters, else the SHA-256 of the text in hex */
  readonly id: string;
  /** undefined: it is no CDR */
  readonly message: CdrMessage | undefined;
};

/** Redis keeps bytes: `raw` are those of a text that is not UTF-8, by which alone Redis finds it again. */
export type Text = { readonly text: string; readonly raw: string | Buffer };

export function readText(bytes: Buffer): Text {
  const text = bytes.toString();
  const lossy = text.includes('\ufffd') && !bytes.equals(Buffer.from(text));
  return { text, raw: lossy ? bytes : text };
}

export function readEntry(bytes: Buffer): Entry {
  const { text, raw } = readText(bytes);
  const message = readMessage(text);
  const id = message !== undefined && 'id' in message.payload ? message.payload.id : undefined;
  const known = typeof id === 'string' && /^[!-~]{1,128}$/.test(id);
  return {
    ...{ text, raw },
    id: known ? id : createHash('sha256').update(raw).digest('hex'),
    message: message !== undefined && isCdr(message) ? message : undefined,
  };
}
