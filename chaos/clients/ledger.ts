// The ledger of workers: every CDR is handled, and what is handled more than once has its reason.

/** One run of a handler to its end, for one CDR. Times are epoch milliseconds. */
export type Handling = {
  readonly id: string;
  readonly worker: string;
  readonly from: number;
  /** when its end was reported, or the worker ended without that */
  readonly until: number;
  /** unknown: the worker ended before it reported what became of it */
  readonly end: 'acknowledged' | 'given back' | 'unknown';
};

export type Harm = {
  readonly cause: 'killed' | 'frozen' | 'redis';
  /** the worker to which it happened; absent: all */
  readonly worker?: string;
  readonly from: number;
  readonly until: number;
};

export type Balance = {
  readonly cdrs: number;
  readonly lost: number;
  readonly handledTwice: number;
  /** handlings beyond one of each CDR, by what happened to the worker meanwhile */
  readonly doubles: Readonly<Record<Harm['cause'], number>>;
  /** doubles to whose worker nothing happened */
  readonly unexplained: number;
  /** CDRs that two handlings acknowledged */
  readonly acknowledgedTwice: number;
  /** handled, but never pushed */
  readonly invented: number;
};

/**
 * @param ids of what was pushed
 * @param grace ms for which a harm goes on to have effects
 */
export function balance(
  ids: ReadonlySet<string>,
  handlings: readonly Handling[],
  harms: readonly Harm[],
  grace: number,
): Balance {
  const byId = Map.groupBy(handlings, ({ id }) => id);
  const doubles = { killed: 0, frozen: 0, redis: 0 };
  let [unexplained, acknowledgedTwice, handledTwice] = [0, 0, 0];
  for (const of of byId.values()) {
    if (of.length > 1) handledTwice += 1;
    if (of.filter(({ end }) => end === 'acknowledged').length > 1) acknowledgedTwice += 1;
    for (const extra of findExtra(of)) {
      const cause = explain(extra, harms, grace);
      if (cause === undefined) unexplained += 1;
      else doubles[cause] += 1;
    }
  }
  return {
    cdrs: ids.size,
    lost: [...ids].filter((id) => !byId.has(id)).length,
    ...{ handledTwice, doubles, unexplained, acknowledgedTwice },
    invented: [...byId.keys()].filter((id) => !ids.has(id)).length,
  };
}

export const isClean = ({ lost, unexplained, acknowledgedTwice, invented }: Balance): boolean =>
  lost + unexplained + acknowledgedTwice + invented === 0;

/** All but one: that which was acknowledged, else the last. */
function findExtra(of: readonly Handling[]): readonly Handling[] {
  const kept = of.find(({ end }) => end === 'acknowledged') ?? of.at(-1);
  return of.filter((handling) => handling !== kept);
}

/** What happened to the worker between the begin of its handler and the acknowledgement. */
function explain(
  { worker, from, until }: Handling,
  harms: readonly Harm[],
  grace: number,
): Harm['cause'] | undefined {
  const met = harms.filter(
    (harm) => (harm.worker ?? worker) === worker && harm.from <= until + grace && from <= harm.until + grace,
  );
  return (met.find((harm) => harm.worker !== undefined) ?? met[0])?.cause;
}
