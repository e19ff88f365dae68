// What can be said on Redis: the whole event and messages on channels, or an entry in a list.

/** Seconds within which an event that comes twice, be it from the sender or from the queue, is said once. */
export const TEN_MINUTES = 10 * 60;
/** Seconds within which a screen doesn't pop twice. */
export const DAY = 24 * 3600;

/** Said at most once per these words, within so many seconds; those of the same seconds share their sets in Redis. */
export type Guard = { readonly of: readonly string[]; readonly seconds: number };

/**
 * The whole event, as a PubSub message, and in the live stream if there is one. Said once, however late: after the
 * deadline its payload says that it is late.
 */
export type Whole = {
  readonly channel: string;
  /** JSON text, which ends with its payload */
  readonly message: string;
  readonly once: Guard;
};

/** A live PubSub message: worthless when stale, so not said after the deadline. Lost on whoever isn't listening. */
export type Message = {
  /** said on each of these, in this order */
  readonly channels: readonly string[];
  /** JSON text */
  readonly message: string;
  readonly once?: Guard;
  /** not said when something newer (epoch milliseconds) was said of the same subject within a day */
  readonly newest?: { readonly of: readonly string[]; readonly at: number };
};

/** A list entry: pushed on the left exactly once per list and attempt, whatever is delivered twice. */
export type Entry = {
  readonly list: string;
  /** JSON text */
  readonly message: string;
  /** of the attempt: the tenant, and the source unless it is Webitel */
  readonly scope: readonly string[];
  readonly attempt_id: string;
};

export type Notification = Whole | Message | Entry;
