// Waves: a first one alone, then some at a time; the first that fails is the last.

/** @param size of every wave but the first, which is one alone */
export function splitWaves<T>(all: readonly T[], size: number): T[][] {
  const waves: T[][] = [];
  for (let from = 0; from < all.length; from += waves.length === 1 ? 1 : size)
    waves.push(all.slice(from, from + (waves.length === 0 ? 1 : size)));
  return waves;
}

/** Works on all at once, so many at a time, and answers in their order. */
export async function inTurns<T, R>(
  all: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const done: R[] = [];
  const left = [...all.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      done[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: most }, worker));
  return done;
}
