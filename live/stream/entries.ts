// What the entries of the stream hold: no bad one stops those behind it.

import type { QueueEvent } from '../../lib/event.ts';
import { log } from '../../lib/log.ts';
import type { Published } from '../../lib/publish/relay.ts';
import { isObject } from '../access/http.ts';
import { readPublished } from '../state/timeline.ts';
import type { Entry } from './reader.ts';

/** An entry that can't be read, or whose event makes `handle` throw, is logged and passed over. */
export function handleEntry(entry: Entry, handle: (event: QueueEvent, late: boolean) => void): void {
  const published = readEntry(entry);
  if (published === undefined) return;
  try {
    handle(published.event, published.late);
  } catch (error) {
    log('error', 'live stream has an entry that failed', { entry: entry.id, ...describeFault(error) });
  }
}

/** What was published of an entry; undefined for one that a newer consumer wrote and this version can't read. */
export function readEntry({ id, text = '' }: Entry): Published | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return readPublished(isObject(message) ? message['payload'] : undefined);
  } catch {
    // The parser's own error quotes the text.
    log('warn', 'live stream has an unreadable entry', { entry: id });
    return undefined;
  }
}

/** A fault of ours, by its kind and place: its message may quote the event. */
function describeFault(error: unknown): { readonly fault: string; readonly at: string | undefined } {
  if (!(error instanceof Error)) return { fault: 'unknown', at: undefined };
  const { name, message, stack = '' } = error;
  const frames = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return { fault: name, at: frames.trim().split('\n', 1)[0] };
}
