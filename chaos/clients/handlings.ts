// What the lines of a worker's output say of each run of its handler.
import type { Handling } from './ledger.ts';
import type { Line } from './programs.ts';

/** @param ended when the worker ended, epoch ms */
export function readHandlings(worker: string, lines: readonly Line[], ended: number): Handling[] {
  const begun = new Map<string, number[]>();
  const reports = Map.groupBy(
    lines.filter(({ type }) => type === 'handled' || type === 'twice'),
    ({ id }) => id,
  );
  return lines.flatMap(({ event, ids = [], at }) => {
    if (event === 'begun') for (const id of ids) begun.set(id, [...(begun.get(id) ?? []), at]);
    if (event !== 'done') return [];
    return ids.map((id) => {
      const report = reports.get(id)?.shift();
      const from = begun.get(id)?.shift() ?? at;
      if (report === undefined) return { id, worker, from, until: ended, end: 'unknown' };
      return {
        ...{ id, worker, from, until: report.at },
        end: report.type === 'handled' ? 'acknowledged' : 'given back',
      };
    });
  });
}
