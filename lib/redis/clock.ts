// How far the clock of Redis is ahead of ours, as far as its answers show.

/** An answer that tells the time of Redis: when it was asked for and when it came, by our clock; epoch milliseconds. */
export type Reading = { readonly clock: number; readonly sent: number; readonly received: number };

/**
 * The largest lower bound that is known, in milliseconds: a deadline that is moved by it is never too late, and too
 * early by the way back of the fastest answer. Redis looked at its clock after we sent and before we received, so it is
 * ahead by `clock - received` at least and `clock - sent` at most.
 */
export function boundSkew(known: number | undefined, { clock, sent, received }: Reading): number {
  const least = clock - received;
  // A bound that this answer contradicts is of before a clock was set, or of another node.
  return known === undefined || known > clock - sent ? least : Math.max(known, least);
}
