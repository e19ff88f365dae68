// Which moments are of the day that the newest event began.

export type Today = {
  /** the first event of the day, epoch ms */
  readonly first: number;
  /** the newest event of all, epoch ms */
  readonly last: number;
  readonly has: (at: number) => boolean;
};

const MINUTE = 60 * 1000;

/** @param dayOf the day (any number that grows) of a moment in epoch ms */
export function startToday(dayOf: (at: number) => number): {
  readonly today: Today;
  readonly advance: (at: number) => boolean;
} {
  let day = Number.NEGATIVE_INFINITY;
  /** until when the day is known to last */
  let sure = Number.NEGATIVE_INFINITY;
  const today = {
    first: Number.NEGATIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    // Nothing that was taken is newer than `last`.
    has: (at: number): boolean => at >= today.first || dayOf(at) === day,
  };

  /** An event happened at `at`. True: a new day began with it; the very first begins none. */
  const advance = (at: number): boolean => {
    if (at <= today.last) return false;
    today.last = at;
    if (at <= sure) return false;
    const before = day;
    day = dayOf(at);
    // Days grow, and a calendar is slow to ask.
    if (dayOf(at + MINUTE) === day) sure = at + MINUTE;
    if (day === before) return false;
    today.first = at;
    return before !== Number.NEGATIVE_INFINITY;
  };

  return { today, advance };
}
