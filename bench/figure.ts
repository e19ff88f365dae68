// What a benchmark returns: samples of two things measured in turn, and how they compare.

/** `ours` against `theirs`, sample by sample of one interleaved run; the ratio is what may be quoted. */
export type Figure = {
  readonly bench: string;
  readonly measures: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** what it is compared with, and its samples; without, the figure stands alone */
  readonly theirs?: { readonly what: string; readonly samples: readonly number[] };
};

/** How much is measured: a quick run only shows that a benchmark works; its figures mean nothing. */
export type Size = 'full' | 'quick';

export type Bench = (size: Size) => Promise<readonly Figure[]>;

export const median = (samples: readonly number[]): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
};

/** The least sample that so many percent of all don't exceed: always one that was measured. NaN of none. */
export const percentile = (samples: readonly number[], percent: number): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
};

/** Runs the two in turn, A B A B …, after one run of each that doesn't count. */
export async function interleave<T>(
  times: number,
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
): Promise<[ours: T[], theirs: T[]]> {
  const samples: [T[], T[]] = [[], []];
  for (let round = 0; round <= times; round++) {
    const pair = [await ours(), await theirs()] as const;
    if (round === 0) continue;
    samples[0].push(pair[0]);
    samples[1].push(pair[1]);
  }
  return samples;
}

/** One line of the table: medians with their spread, and the median of the ratios pair by pair. */
export function row({ bench, measures, unit, ours, theirs }: Figure): Record<string, string> {
  const ratios = theirs?.samples.map((sample, index) => (ours[index] ?? Number.NaN) / sample) ?? [];
  return {
    bench,
    measures,
    ours: `${spread(ours)} ${unit}`,
    against: theirs === undefined ? '' : `${spread(theirs.samples)} ${unit} (${theirs.what})`,
    ratio: ratios.length === 0 ? '' : spread(ratios, 2),
  };
}

/** One JSON line: all samples, and their medians. */
export function line({ theirs, ...figure }: Figure): string {
  const against = theirs && {
    theirs: theirs.what,
    their_median: median(theirs.samples),
    their_samples: theirs.samples,
  };
  return JSON.stringify({ ...figure, median: median(figure.ours), ...against });
}

function spread(samples: readonly number[], digits = 1): string {
  const text = (value: number) => (value >= 1000 ? Math.round(value).toString() : value.toFixed(digits));
  return `${text(median(samples))} [${text(Math.min(...samples))}–${text(Math.max(...samples))}]`;
}
