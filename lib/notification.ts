// What can be said on Redis: a message on channels, or an entry in a list.

type Guard = { readonly of: readonly string[]; readonly seconds: number };

/** A PubSub message. Lost on whoever isn't listening; so it may be held back, never kept. */
export type Message = {
  /** said on each of these, in this order */
  readonly channels: readonly string[];
  /** JSON text */
  readonly message: string;
  /** worthless when stale: not said for an event that waited too long */
  readonly live?: true;
  /** after this moment (epoch milliseconds) it is left unsaid, or its payload says that it is late */
  readonly deadline?: { readonly at: number; readonly after: 'unsaid' | 'late' };
  /** said at most once per these words, within so many seconds; `kept`: in the live stream, too, if there is one */
  readonly once?: Guard & { readonly kept?: true };
  /** not said when something newer (epoch milliseconds) was said of the same subject within so many seconds */
  readonly newest?: Guard & { readonly at: number };
};

/** A list entry: pushed on the left exactly once per list and attempt, whatever is delivered twice. */
export type Entry = {
  readonly list: string;
  /** JSON text */
  readonly message: string;
  readonly tenant: string;
  /** an integer of up to 64 bits */
  readonly attempt_id: string;
};

export type Notification = Message | Entry;
