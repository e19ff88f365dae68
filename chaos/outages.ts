// When Redis was away from the consumer, and for how long from the view of an event.

/** Epoch milliseconds. */
export type Outage = { readonly from: number; readonly until: number };

/** Redis is back when it stays for so long. Outages with less between them are one from the view of an event. */
export const STEADY = 2_000;

/** Answers for how many milliseconds Redis was away, from then on, until it was back. */
export function findAbsence(outages: readonly Outage[], at: number): number {
  let [now, away] = [at, 0];
  for (const { from, until } of outages.toSorted((one, other) => one.from - other.from)) {
    if (until <= now) continue;
    if (from > now + STEADY) break;
    away += until - Math.max(from, now);
    now = until;
  }
  return away;
}
