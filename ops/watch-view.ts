// One line for each thing that watch hears: what happened, to which attempt and agent, and nothing personal.
import { printable } from '../lib/printable.ts';
import { coloured, columns, fit } from './output.ts';
import type { Heard } from './watch.ts';

/** The fields that are shown, with the names that a line of 80 columns has room for. */
const shown = {
  event: undefined,
  id: undefined,
  queue_id: undefined,
  attempt_id: 'attempt',
  call_ref: 'attempt',
  agent_extension: 'agent',
  extension: 'agent',
  agent: 'agent',
  status: 'status',
  cc_result: 'result',
  call_cause: 'cause',
  late: 'late',
} as const;

/** What a CDR is about. */
const figures = {
  queue_id: 'queue',
  end_reason: 'end',
  call_time: 'seconds',
  number: 'number',
  call_ref: 'attempt',
};

/** The payload's fields that are not personal; with a CDR its main figures, its number masked. */
export function impersonal({ payload, type, ...heard }: Heard): Heard {
  const names = [...Object.keys(shown), ...(type === 'cdr' ? Object.keys(figures) : [])];
  const fields = [...new Set(names)].flatMap((name) =>
    name in payload ? [[name, name === 'number' ? masked(payload[name]) : payload[name]]] : [],
  );
  return { ...heard, type, payload: Object.fromEntries(fields) };
}

const masked = (number: unknown) => (number === null ? null : String(number).replace(/[\p{L}\p{N}]/gu, '•'));

/** A line that fits: local time, type, place under the base, fields. */
export function formatLine({ at, where, type, payload }: Heard, base: string, reveal: boolean): string {
  const cdr = type === 'cdr';
  const parts = new Set<string>();
  for (const [name, label] of Object.entries(cdr ? figures : shown)) {
    const value = payload[name];
    if (label === undefined || value === undefined || value === null) continue;
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    // An agent has several fields of one value: they are one part.
    parts.add(`${label}=${cdr && name === 'number' && !reveal ? masked(text) : text}`);
  }
  const place = shortenPlace(where, base);
  // All CDRs are of one list, mostly: what they are about comes first.
  const rest = (cdr ? [...parts, place] : [place, ...parts]).join(' ');
  const head = `${clock(at)}  `;
  const kind = printable(type).padEnd(12);
  const room = Math.max(0, columns() - head.length);
  const line = fit(printable(`${kind}  ${rest}`), room);
  // The colour is put around what is already cut: it takes no room.
  return head + coloured(colours[type], line.slice(0, kind.length)) + line.slice(kind.length);
}

const colours: Readonly<Record<string, number | undefined>> = {
  cdr: 32,
  leaving: 33,
  missed: 31,
  call: 36,
  status: 36,
};

/** Local time, as on the wall. */
export const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** The name of a channel or list without the base. */
const shortenPlace = (where: string, base: string) =>
  where.startsWith(`${base}:`) ? where.slice(base.length + 1) : where;

/** How long the lists are. */
export const formatLists = (lengths: ReadonlyMap<string, number>, base: string): string =>
  printable([...lengths].map(([list, length]) => `${shortenPlace(list, base)} ${length}`).join(', '));

/** How often each type was heard. */
export const formatTotals = (counts: ReadonlyMap<string, number>): string =>
  printable([...counts].map(([type, count]) => `${type} ${count}`).join(', ') || 'nothing heard');
