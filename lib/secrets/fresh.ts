// A value that changes elsewhere, kept fresh: nobody waits for it while it is asked for often, and it is never used
// when it is older than a minute, unless it cannot be read.

/** Milliseconds: from here on it is read again in the background. */
const SOFT = 45_000;
/** From here on it is read again before it is used. */
const HARD = 60_000;
/** So long one waits for that. The one who sends a hook waits a second. */
const WAIT = 500;
/** Between two reads, so that a flood of wrong tokens is none of reads. */
const REST = 3_000;

/** `T` is undefined where it is not known. */
export type Fresh<T> = {
  /** Read less than a minute ago; or, while it cannot be read, the last known. */
  readonly current: () => Promise<T | undefined>;
  /** Read in the last three seconds; undefined while it cannot be read. */
  readonly renewed: () => Promise<T | undefined>;
  /** The last known. */
  readonly latest: () => T | undefined;
};

type Attempt = { readonly begun: number; readonly ended: Promise<void>; state: 'reads' | 'read' | 'failed' };

/**
 * Reads it for the first time when it is first asked for.
 * @param read rejects, or resolves within three seconds
 * @param report gets why it could not be read, once for each read that somebody waited for in vain
 * @param now epoch milliseconds: a sandbox that is frozen has a clock that goes on
 */
export function keepFresh<T>(
  read: () => Promise<T>,
  report: (error: unknown) => void,
  now: () => number = Date.now,
): Fresh<T> {
  let known: { readonly value: T; readonly since: number } | undefined;
  let last: Attempt | undefined;
  let problem: { readonly of: Attempt; readonly error: unknown } | undefined;
  let reported: Attempt | undefined;

  return { current, renewed, latest: () => known?.value };

  async function current(): Promise<T | undefined> {
    const age = ageOf(known?.since);
    if (age < SOFT) return known?.value;
    const attempt = attemptNow();
    if (age >= HARD) await waitFor(attempt);
    return known?.value;
  }

  async function renewed(): Promise<T | undefined> {
    const attempt = attemptNow();
    await waitFor(attempt);
    return known !== undefined && known.since >= attempt.begun ? known.value : undefined;
  }

  /** A clock that was set back makes everything old. */
  function ageOf(time: number | undefined): number {
    const age = time === undefined ? Number.POSITIVE_INFINITY : now() - time;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  }

  /** The one that is under way or was just made, or else a new one. */
  function attemptNow(): Attempt {
    const begun = now();
    // One that was frozen in its middle may never end. And as long as nothing is known, there is no reason to rest.
    const usable = last?.state === 'failed' && known === undefined ? 0 : REST;
    if (last !== undefined && ageOf(last.begun) < usable) return last;
    const attempt: Attempt = { begun, state: 'reads', ended: read().then(keep, fail) };
    last = attempt;
    return attempt;

    function keep(value: T): void {
      attempt.state = 'read';
      // As old as its question: the answer may have waited for as long as the sandbox was frozen.
      if (last === attempt || known === undefined || known.since <= begun) known = { value, since: begun };
    }
    function fail(error: unknown): void {
      attempt.state = 'failed';
      problem = { of: attempt, error };
    }
  }

  async function waitFor(attempt: Attempt): Promise<void> {
    // Whoever has no value has nothing to go on with.
    if (known === undefined) await attempt.ended;
    else await within(attempt.ended, attempt.begun + WAIT - now());
    if (attempt.state === 'read' || reported === attempt) return;
    reported = attempt;
    report(problem?.of === attempt ? problem.error : new Error(`Secrets Manager timed out after ${WAIT} ms`));
  }
}

/** Waits for the promise, at most so many milliseconds. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  const expired = Promise.withResolvers<void>();
  const timer = setTimeout(expired.resolve, Math.max(0, milliseconds));
  await Promise.race([promise, expired.promise]);
  clearTimeout(timer);
}
