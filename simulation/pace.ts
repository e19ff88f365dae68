// When the hooks of a shift are due, and which times they carry.

export type Pace = {
  /** epoch milliseconds at which the shift began */
  readonly beginning: number;
  /** @returns when to post what happened so many milliseconds after the beginning */
  readonly due: (at: number) => number;
};

/**
 * A shift is played `speed` times faster than it happened, from `start` on, and ends as the playing does. So no hook is
 * due before the times that it carries.
 * @param length of the shift in milliseconds
 * @param speed at least 1, which is real pace
 */
export const planPace = (length: number, speed: number, start: number): Pace => ({
  beginning: Math.floor(start + length / speed - length),
  due: (at) => start + at / speed,
});
