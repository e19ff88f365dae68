// Notifications and sayings as short as a test can write them.
import type { Entry, Message, Whole } from '../../lib/publish/notification.ts';
import type { Publish, Saying } from '../../lib/publish/relay.ts';
import { type Destination, publisher } from '../../lib/redis/publisher.ts';

export const LIST = 'enigma:notifications:campaigns';

/** A CDR whose entry is its attempt, as a JSON text. */
export const entry = (attempt: bigint | number, list = LIST): Entry => ({
  list,
  message: `"${attempt}"`,
  scope: ['default'],
  attempt_id: `${attempt}`,
});

/** A message on the channel `said`. */
export const message = (text: string, more: Partial<Message> = {}): Message => ({
  channels: ['said'],
  message: JSON.stringify(text),
  ...more,
});

/** A whole event of that id, on the channel `said`. */
export const whole = (id: string, more: Partial<Whole> = {}): Whole => ({
  channel: 'said',
  message: JSON.stringify({ type: 'joined', payload: { id } }),
  once: { of: [id], seconds: 60 },
  ...more,
});

export const saying = (group: string, ...notifications: Saying['notifications']): Saying => ({
  group,
  notifications,
});

/** A publisher without bounds and replicas, unless told. */
export const publisherAt = (url: string, more: Partial<Destination> = {}): Publish =>
  publisher({ url, cluster: false, cdrLists: [LIST], listMax: 0, liveMax: 0, replicas: 0, ...more });
