// The ledger: what was accepted, and what came out, by counting.
import { type Fields, makesCdr } from '../simulation/hook.ts';
import { areCallsRight, type CallFigures, countCalls, type Told } from './call-ledger.ts';
import { nameLifecycle, nameLiveMessages } from './live-messages.ts';
import { findAbsence, type Outage } from './outages.ts';

/** What is counted of each source. */
export type Figures = {
  readonly accepted: number;
  /** accepted, neither published nor among the dead letters */
  readonly lost: number;
  readonly cdrs: number;
  /** CDRs of accepted calls that a list doesn't have */
  readonly cdrsLost: number;
  /** list entries beyond the first of a call */
  readonly doubled: number;
  /** events that were first published before an earlier one of their attempt */
  readonly disordered: number;
};

export type Balance = Figures & {
  readonly sources: Readonly<Record<string, Figures>>;
  /** published or pushed, but never accepted */
  readonly invented: number;
  readonly refused: number;
  /** refusals that were answered with an id in quarantine, and aren't there */
  readonly unquarantined: number;
  /** live messages of events that met no outage of Redis of 5 s or more */
  readonly live: number;
  /** those of them that nobody received, or only as late */
  readonly liveLost: number;
  /** those of them that were received twice from one run of Redis, which knows what it has published */
  readonly liveDoubled: number;
  readonly calls: CallFigures;
};

export type Accepted = {
  /** as events name it; absent for Webitel */
  readonly source: string | undefined;
  readonly fields: Fields;
  /** when it was posted, epoch milliseconds; absent while more is broken than the way to Redis */
  readonly watchedFrom?: number | undefined;
};

/** Which run of Redis it was received from: a number that is another after each restart. */
type FromRun = { readonly run: number };

export type Evidence = {
  /** the messages on the queues' channels, in order */
  readonly lifecycle: readonly (FromRun & { readonly id: string; readonly late: boolean })[];
  /** the messages on the agents' channels, by name */
  readonly agents: readonly (FromRun & { readonly name: string })[];
  /** by list, the payloads of its entries */
  readonly lists: ReadonlyMap<string, readonly Told[]>;
  /** the records of calls that never left */
  readonly incomplete: readonly Told[];
  readonly deadLetters: ReadonlySet<string>;
  readonly quarantined: ReadonlySet<string>;
  readonly outages: readonly Outage[];
};

export type Ledger = {
  /** Notes an event that was answered 202, in the order of the answers of its attempt. */
  readonly accept: (id: string, event: Accepted) => void;
  /** Notes a refusal that was answered with an id in quarantine. */
  readonly refuse: (quarantined: string) => void;
  readonly balance: (evidence: Evidence) => Balance;
  /** Answers whether all that was accepted is among these. */
  readonly isSettled: (published: ReadonlySet<string>) => boolean;
};

/** Names a call: attempts of the same number in two sources are two. */
export const nameCall = (source: string | undefined, attemptId: string): string =>
  `${source ?? 'webitel'} ${attemptId}`;

export function openLedger(): Ledger {
  const accepted = new Map<string, Accepted>();
  const refused: string[] = [];
  return {
    accept: (id, event) => {
      // A repeat is the same event.
      if (!accepted.has(id)) accepted.set(id, event);
    },
    refuse: (id) => refused.push(id),
    isSettled: (published) => [...accepted.keys()].every((id) => published.has(id)),
    balance: (evidence) => {
      const bySource = Map.groupBy(accepted, ([, { source }]) => source ?? 'webitel');
      const sources = [...bySource].map(
        ([source, events]) => [source, countSource(events, evidence)] as const,
      );
      return {
        ...sumFigures(sources.map(([, figures]) => figures)),
        sources: Object.fromEntries(sources),
        invented: countInvented(accepted, evidence),
        refused: refused.length,
        unquarantined: refused.filter((id) => !evidence.quarantined.has(id)).length,
        ...countLive(accepted, evidence),
        calls: countCalls(
          [...accepted].flatMap(([id, event]) => {
            const call = findCall(event);
            return call === undefined ? [] : [{ id, call, fields: event.fields }];
          }),
          {
            cdrs: Map.groupBy([...evidence.lists.values()].flat(), nameTold),
            incomplete: Map.groupBy(evidence.incomplete, nameTold),
            unpublished: evidence.deadLetters,
          },
        ),
      };
    },
  };
}

type Entries = readonly (readonly [id: string, event: Accepted])[];

function countSource(events: Entries, { lifecycle, lists, deadLetters }: Evidence): Figures {
  const positions = findFirsts(lifecycle);
  const calls = new Set(
    events.flatMap(([, event]) => (makesCdr(event.fields) ? (findCall(event) ?? []) : [])),
  );
  const attempts = Map.groupBy(events, ([, event]) => findCall(event));
  attempts.delete(undefined);
  const own = [...lists.values()].map((list) => list.map(nameTold).filter((call) => calls.has(call)));
  return {
    accepted: events.length,
    lost: events.filter(([id]) => !positions.has(id) && !deadLetters.has(id)).length,
    cdrs: calls.size,
    cdrsLost: sum(own.map((list) => calls.size - new Set(list).size)),
    doubled: sum(own.map((list) => list.length - new Set(list).size)),
    disordered: sum([...attempts.values()].map((attempt) => countDisorder(attempt, positions))),
  };
}

/** The call of a CDR. */
const nameTold = ({ source, attempt_id }: Told): string =>
  nameCall(source === undefined ? undefined : `${source}`, `${attempt_id}`);

const findCall = ({ source, fields: { attempt_id } }: Accepted): string | undefined =>
  attempt_id === undefined ? undefined : nameCall(source, attempt_id);

/** Where each event was published first. */
function findFirsts(lifecycle: Evidence['lifecycle']): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  lifecycle.forEach(({ id }, position) => {
    if (!firsts.has(id)) firsts.set(id, position);
  });
  return firsts;
}

/** How many come before one that should have come earlier; repeats don't count, only firsts. */
function countDisorder(attempt: Entries, firsts: ReadonlyMap<string, number>): number {
  const positions = attempt.flatMap(([id]) => firsts.get(id) ?? []);
  return positions.filter((position, index) => position < (positions[index - 1] ?? -1)).length;
}

function countInvented(accepted: ReadonlyMap<string, Accepted>, { lifecycle, lists }: Evidence): number {
  const calls = new Set(
    [...accepted.values()].flatMap((event) => (makesCdr(event.fields) ? (findCall(event) ?? []) : [])),
  );
  const ids = new Set(lifecycle.map(({ id }) => id));
  return (
    [...ids].filter((id) => !accepted.has(id)).length +
    sum([...lists.values()].map((list) => new Set(list.map(nameTold)).difference(calls).size))
  );
}

/** An outage of Redis that is shorter costs no live message. */
const RIDDEN_OUT = 5_000;

function countLive(
  accepted: ReadonlyMap<string, Accepted>,
  { lifecycle, agents, outages }: Evidence,
): Pick<Balance, 'live' | 'liveLost' | 'liveDoubled'> {
  const live = lifecycle.filter(({ late }) => !late).map(({ id, run }) => ({ name: nameLifecycle(id), run }));
  const received = Map.groupBy([...live, ...agents], ({ name }) => name);
  const isLost = (name: string) => !received.has(name);
  const isDoubled = (name: string) => {
    const runs = (received.get(name) ?? []).map(({ run }) => run);
    return new Set(runs).size < runs.length;
  };
  const legs = new Set<string>();
  const counts = { live: 0, liveLost: 0, liveDoubled: 0 };
  for (const [id, event] of accepted) {
    const names = nameLiveMessages(id, findCall(event), event.fields, legs);
    if (event.watchedFrom === undefined || findAbsence(outages, event.watchedFrom) >= RIDDEN_OUT) continue;
    counts.live += names.length;
    counts.liveLost += names.filter(isLost).length;
    counts.liveDoubled += names.filter(isDoubled).length;
  }
  return counts;
}

const sumFigures = (figures: readonly Figures[]): Figures => ({
  accepted: sum(figures.map(({ accepted }) => accepted)),
  lost: sum(figures.map(({ lost }) => lost)),
  cdrs: sum(figures.map(({ cdrs }) => cdrs)),
  cdrsLost: sum(figures.map(({ cdrsLost }) => cdrsLost)),
  doubled: sum(figures.map(({ doubled }) => doubled)),
  disordered: sum(figures.map(({ disordered }) => disordered)),
});

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** Answers whether nothing that Hookline promises is broken. */
export const isClean = (balance: Balance): boolean => {
  const { lost, cdrsLost, doubled, disordered, invented, unquarantined, liveLost, liveDoubled } = balance;
  const breaches = lost + cdrsLost + doubled + disordered + invented + unquarantined + liveLost + liveDoubled;
  return breaches === 0 && areCallsRight(balance.calls);
};
