// A thread that works until it is told to stop; when it dies another takes its place, as Lambda's sandboxes do.
import { setTimeout } from 'node:timers/promises';
import { log } from '../../lib/log.ts';
import type { Thread } from './thread.ts';

export type KeptThread<Told> = {
  /** what the first told when it was ready */
  readonly told: Told;
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
  /** Lets it finish what is under way. */
  readonly stop: () => Promise<void>;
};

const PAUSE = 1_000;

/** Rejects when the first can't start. @param name of its function */
export async function keepThread<Told>(name: string, start: () => Thread<Told>): Promise<KeptThread<Told>> {
  let begun = performance.now();
  let thread = start();
  const stopping = new AbortController();
  const told = await thread.ready;
  const kept = keep();
  return {
    told,
    kill: async () => {
      await thread.worker.terminate();
    },
    stop: async () => {
      stopping.abort();
      thread.worker.postMessage('stop');
      await kept;
    },
  };

  async function keep(): Promise<void> {
    const { signal } = stopping;
    for (;;) {
      const error = await thread.ended;
      if (signal.aborted) return;
      log('error', 'a sandbox ended', { function: name, error });
      // What ends as soon as it has started would do so again.
      const rest = PAUSE - (performance.now() - begun);
      if (rest > 0) await setTimeout(rest, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      begun = performance.now();
      thread = start();
    }
  }
}
