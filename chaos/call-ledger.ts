// The part of the ledger that knows calls: each has its CDR or a record that it never left, or both, linked; and what
// its CDR tells is what its hooks told.
import { isDeepStrictEqual } from 'node:util';
import type { CallHook } from '../lib/publish/call.ts';
import type { Fields } from '../simulation/hook.ts';
import { computeFigures } from './call-figures.ts';

/** The payload of a CDR, or of a record of a call that never left. */
export type Told = Readonly<Record<string, unknown>> & { readonly id: string };

export type CallFigures = {
  /** attempts of calls of which no leaving was accepted */
  readonly open: number;
  /** those of them that have no record */
  readonly incompleteLost: number;
  /** records beyond the first of a call */
  readonly incompleteDoubled: number;
  /** calls that have a record, and a CDR that doesn't name it; or a CDR that names one which isn't there */
  readonly unlinked: number;
  /** CDRs that name their record: the leaving came after all */
  readonly completed: number;
  /** CDRs whose figures were compared, and those that are wrong */
  readonly compared: number;
  readonly wrong: number;
};

/** An event of a call that was accepted, in the order of its attempt. */
export type OfCall = { readonly id: string; readonly call: string; readonly fields: Fields };

export type CallEvidence = {
  /** by call, of every list */
  readonly cdrs: ReadonlyMap<string, readonly Told[]>;
  /** by call, of the one list of calls that never left */
  readonly incomplete: ReadonlyMap<string, readonly Told[]>;
  /** ids of events that were not published, and therefore are not remembered */
  readonly unpublished: ReadonlySet<string>;
};

export function countCalls(
  events: readonly OfCall[],
  { cdrs, incomplete, unpublished }: CallEvidence,
): CallFigures {
  const calls = Map.groupBy(
    events.filter(({ fields }) => fields['channel'] === 'call'),
    ({ call }) => call,
  );
  const counts = { open: 0, incompleteLost: 0, unlinked: 0, completed: 0, compared: 0, wrong: 0 };
  for (const [call, hooks] of calls) {
    const records = incomplete.get(call) ?? [];
    const left = hooks.find(({ fields }) => nameEvent(fields) === 'leaving');
    if (left === undefined) {
      counts.open++;
      if (records.length === 0) counts.incompleteLost++;
      continue;
    }
    for (const cdr of cdrs.get(call) ?? []) {
      const [record] = records;
      if (cdr['completes'] !== record?.id) counts.unlinked++;
      else if (record !== undefined) counts.completed++;
      if (hooks.some(({ id, fields }) => unpublished.has(id) || fields['timestamp'] === undefined)) continue;
      counts.compared++;
      if (!tells(cdr, hooks.slice(0, hooks.indexOf(left)), left)) counts.wrong++;
    }
  }
  const doubled = [...incomplete.values()].map((records) => records.length - 1);
  return { ...counts, incompleteDoubled: doubled.reduce((sum, more) => sum + more, 0) };
}

const figureNames = [
  ...['wait_seconds', 'talk_seconds', 'wrap_up_seconds', 'transfers', 'agents_offered', 'agents_missed'],
  ...['offered_at', 'answered_at', 'bridged_at', 'dialed_at', 'call_time'],
];

/** Is each figure the one that the hooks before the leaving make? */
function tells(cdr: Told, earlier: readonly OfCall[], leaving: OfCall): boolean {
  const { joined_at, bridged_at, call_bill_sec } = leaving.fields;
  const own = {
    ...(joined_at !== undefined && { dialed_at: Math.floor(Number(joined_at) / 1000) }),
    ...(call_bill_sec !== undefined && { call_time: Number(call_bill_sec) }),
    ...(bridged_at !== undefined && { bridged_at: Number(bridged_at) }),
  };
  const lacking = {
    ...(joined_at === undefined && { dialed_at: null }),
    ...(call_bill_sec === undefined && { call_time: bridged_at === undefined ? 0 : null }),
  };
  const figures = computeFigures(earlier.map(noteHook), noteHook(leaving), Object.keys(lacking));
  const named = figureNames.filter((name) => name in cdr).map((name) => [name, cdr[name]]);
  return isDeepStrictEqual(Object.fromEntries(named), { ...lacking, ...figures, ...own });
}

function noteHook({ id, fields }: OfCall): CallHook {
  const { agent_id, joined_at, bridged_at, timestamp } = fields;
  return {
    id,
    event: nameEvent(fields) as CallHook['event'],
    at: Number(timestamp),
    agent_id,
    joined_at: joined_at === undefined ? undefined : Number(joined_at),
    bridged_at: bridged_at === undefined ? undefined : Number(bridged_at),
  };
}

const nameEvent = ({ state }: Fields): string | undefined => (state === 'idle' ? 'joined' : state);

/** Is every call accounted for? */
export const areCallsRight = (figures: CallFigures): boolean =>
  figures.incompleteLost + figures.incompleteDoubled + figures.unlinked + figures.wrong === 0;
