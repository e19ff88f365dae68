// What a worker tells of its work, and counts.

export type Counters = {
  /** acknowledged after the handler was done */
  handled: number;
  /** the handler threw */
  failed: number;
  /** put back into the list: for the next try, or because the worker stopped */
  givenBack: number;
  /** put on the dead list */
  dead: number;
  /** handled here, but given back before it could be acknowledged: somebody else handles it as well */
  twice: number;
  /** taken here, but given back before the handling began: nothing was handled */
  lapsed: number;
  /** given back here for workers whose lease ended */
  takenOver: number;
};

/** `id`: the idempotency key of the entry; `tries`: which try it was, from 1 */
export type Progress =
  | { readonly type: 'started'; readonly worker: string }
  | { readonly type: 'handled' | 'twice'; readonly id: string; readonly tries: number }
  | { readonly type: 'failed'; readonly id: string; readonly tries: number; readonly error: unknown }
  | { readonly type: 'lapsed'; readonly id: string }
  | { readonly type: 'givenBack'; readonly entries: number }
  | { readonly type: 'dead'; readonly id: string; readonly tries: number; readonly reason: string }
  | { readonly type: 'takenOver'; readonly worker: string; readonly entries: number }
  /** Redis refused or did not answer; the worker tries again. */
  | { readonly type: 'trouble'; readonly error: unknown }
  | { readonly type: 'stopped' };

export type OnProgress = (progress: Progress, counters: Readonly<Counters>) => void;

export const newCounters = (): Counters => ({
  handled: 0,
  failed: 0,
  givenBack: 0,
  dead: 0,
  twice: 0,
  lapsed: 0,
  takenOver: 0,
});

/** Counts what happened, then reports it. What onProgress throws is a warning of the process: the work goes on. */
export function report(counters: Counters, onProgress: OnProgress | undefined, progress: Progress): void {
  if ('entries' in progress) counters[progress.type] += progress.entries;
  else if (isCounted(progress.type)) counters[progress.type] += 1;
  try {
    onProgress?.(progress, counters);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : 'onProgress threw what is no error');
  }
}

const isCounted = (type: string): type is keyof Counters => type in newCounters();
