// What is published of an event on Redis: messages on channels, and entries in lists.

/** Seconds within which an event that comes twice, be it from the sender or from the queue, is published once. */
export const TEN_MINUTES = 10 * 60;
/** Seconds within which a screen doesn't pop twice. */
export const DAY = 24 * 3600;

/** What has these words is published at most once within so many seconds. */
export type DeduplicationKey = { readonly words: readonly string[]; readonly seconds: number };

/**
 * The event itself, as a PubSub message, and in the live stream if there is one. Published once, however late: after
 * the deadline its payload says that it is late.
 */
export type EventMessage = {
  readonly kind: 'event';
  readonly channel: string;
  /** JSON text, which ends with its payload */
  readonly message: string;
  readonly once: DeduplicationKey;
};

/** A live PubSub message. It is worthless when stale, so it is not published after the deadline. */
export type Message = {
  readonly kind: 'message';
  /** it is published on each of these, in this order */
  readonly channels: readonly string[];
  /** JSON text */
  readonly message: string;
  /** without it, a repeat after a reply that was lost would publish it twice */
  readonly once: DeduplicationKey;
  /** not published when something newer (epoch milliseconds) was published of the same subject within a day */
  readonly newest?: { readonly subject: readonly string[]; readonly at: number };
};

/** A CDR as an entry of a list, pushed on the left exactly once per list and attempt, whatever is delivered twice. */
export type CdrEntry = {
  readonly kind: 'cdr';
  readonly list: string;
  /** JSON text, which ends with its payload, without what is lacking */
  readonly message: string;
  /** keys that the event itself doesn't tell, with their values unless the earlier hooks of the call tell them */
  readonly lacking: { readonly dialed_at?: null; readonly call_time?: number | null };
  /** of the attempt: the tenant, and the source unless it is Webitel */
  readonly scope: readonly string[];
  readonly attempt_id: string;
  /** which markers say that it is there: those of CDRs unless given */
  readonly marker?: 'incomplete';
};

export type Notification = EventMessage | Message | CdrEntry;
