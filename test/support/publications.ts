// Notifications and publications as short as a test can write them.
import type { CdrEntry, EventMessage, Message } from '../../lib/publish/notification.ts';
import type { Publication, Publish } from '../../lib/publish/publication.ts';
import { createPublisher, type Destination, type Tally } from '../../lib/redis/publisher.ts';

export const LIST = 'enigma:notifications:campaigns';

/** A CDR whose entry is its attempt, as a JSON text. */
export const entry = (attempt: bigint | number, list = LIST): CdrEntry => ({
  kind: 'cdr',
  list,
  message: `"${attempt}"`,
  lacking: {},
  scope: ['default'],
  attempt_id: `${attempt}`,
});

let messages = 0;

/** A message of its own on the channel `said`. */
export const message = (text: string, more: Partial<Message> = {}): Message => ({
  kind: 'message',
  channels: ['said'],
  message: JSON.stringify(text),
  once: { words: ['message', `${messages++}`], seconds: 60 },
  ...more,
});

/** An event of that id, on the channel `said`. */
export const eventMessage = (id: string, more: Partial<EventMessage> = {}): EventMessage => ({
  kind: 'event',
  channel: 'said',
  message: JSON.stringify({ type: 'joined', payload: { id } }),
  once: { words: [id], seconds: 60 },
  ...more,
});

export const publication = (group: string, ...notifications: Publication['notifications']): Publication => ({
  group,
  notifications,
});

/**
 * A publisher without bounds and replicas, unless they are given. It has patience with a busy machine: where Redis is to
 * be away, give it none.
 */
export const publisherAt = (
  url: string,
  more: Partial<Destination> = {},
  count?: (tally: Tally) => void,
): Publish => {
  const usual = { cluster: false, cdrLists: [LIST], listMax: 0, liveMax: 0, remember: true, replicas: 0 };
  return createPublisher({ url, ...usual, patience: 30_000, ...more }, count);
};
