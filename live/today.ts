// Which moments are of the day that the newest event began.

export type Today = {
  /** the first event of the day, epoch ms */
  readonly first: number;
  /** the newest event of all, epoch ms */
  readonly last: number;
  readonly has: (at: number) => boolean;
};

/** @param dayOf the day (any number that grows) of a moment in epoch ms */
export function startToday(dayOf: (at: number) => number) {
  let day = Number.NEGATIVE_INFINITY;
  const today = {
    first: Number.NEGATIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    // Nothing that was taken is newer than `last`; the day of a moment may be dear.
    has: (at: number): boolean => at >= today.first || dayOf(at) === day,
  };

  /** An event happened at `at`. True: a new day began with it; the very first begins none. */
  const advance = (at: number): boolean => {
    if (at <= today.last) return false;
    const before = day;
    today.last = at;
    day = dayOf(at);
    if (day === before) return false;
    today.first = at;
    return before !== Number.NEGATIVE_INFINITY;
  };

  return { today: today as Today, advance };
}
