// The ledger: what was promised at the door, and what came out, by counting.
import type { Fields } from './calls.ts';

export type Balance = {
  readonly accepted: number;
  /** accepted, neither published nor among the dead letters */
  readonly lost: number;
  /** CDRs of accepted calls that a list doesn't have */
  readonly cdrsLost: number;
  readonly cdrs: number;
  /** list entries beyond the first of an attempt */
  readonly doubled: number;
  /** events that were first published before an earlier one of their attempt */
  readonly disordered: number;
  /** published or pushed, but never accepted */
  readonly invented: number;
  readonly refused: number;
  /** refusals that promised quarantine and aren't there */
  readonly unquarantined: number;
};

export type Evidence = {
  /** ids of the events heard on the queues' channels, in order */
  readonly heard: readonly string[];
  /** attempt ids of the entries of each list */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly deadLetters: ReadonlySet<string>;
  readonly quarantined: ReadonlySet<string>;
};

export type Ledger = {
  /** Notes an event that was answered 202, in the order of the answers of its attempt. */
  readonly accept: (id: string, fields: Fields) => void;
  /** Notes a refusal that was answered with an id in quarantine. */
  readonly refuse: (quarantined: string) => void;
  readonly balance: (evidence: Evidence) => Balance;
  /** Is there nothing accepted that has not been heard? */
  readonly settled: (heard: ReadonlySet<string>) => boolean;
};

export function openLedger(): Ledger {
  const accepted = new Map<string, Fields>();
  const attempts = new Map<string, string[]>();
  const refused: string[] = [];

  return {
    accept: (id, fields) => {
      if (accepted.has(id)) return;
      accepted.set(id, fields);
      const { attempt_id } = fields;
      if (attempt_id === undefined) return;
      const ids = attempts.get(attempt_id);
      if (ids === undefined) attempts.set(attempt_id, [id]);
      else ids.push(id);
    },
    refuse: (id) => refused.push(id),
    settled: (heard) => [...accepted.keys()].every((id) => heard.has(id)),
    balance: ({ heard, lists, deadLetters, quarantined }) => {
      const firsts = new Map<string, number>();
      heard.forEach((id, position) => {
        if (!firsts.has(id)) firsts.set(id, position);
      });
      const calls = new Set([...accepted.values()].filter(isCall).map(({ attempt_id }) => attempt_id));
      const entries = [...lists.values()];
      const count = (of: (list: readonly string[]) => number) =>
        entries.reduce((sum, list) => sum + of(list), 0);
      return {
        accepted: accepted.size,
        lost: [...accepted.keys()].filter((id) => !firsts.has(id) && !deadLetters.has(id)).length,
        cdrs: calls.size,
        cdrsLost: count((list) => calls.difference(new Set(list)).size),
        doubled: count((list) => list.length - new Set(list).size),
        disordered: [...attempts.values()].reduce((sum, ids) => sum + disorder(ids, firsts), 0),
        invented:
          [...firsts.keys()].filter((id) => !accepted.has(id)).length +
          count((list) => new Set(list).difference(calls).size),
        refused: refused.length,
        unquarantined: refused.filter((id) => !quarantined.has(id)).length,
      };
    },
  };
}

/** What makes a CDR by enigma.md: a leaving of a call that was really dialled. */
const isCall = ({ state, channel, member_channel_id = '', call_cause = '', bridged_at = '' }: Fields) =>
  state === 'leaving' && channel === 'call' && member_channel_id + call_cause + bridged_at !== '';

/** How many come before one that should have come earlier; repeats don't count, only firsts. */
const disorder = (ids: readonly string[], firsts: ReadonlyMap<string, number>) => {
  const positions = ids.flatMap((id) => firsts.get(id) ?? []);
  return positions.filter((position, index) => position < (positions[index - 1] ?? -1)).length;
};

/** Is there a breach of what Hookline promises? */
export const isClean = ({ lost, cdrsLost, doubled, disordered, invented, unquarantined }: Balance): boolean =>
  lost + cdrsLost + doubled + disordered + invented + unquarantined === 0;
