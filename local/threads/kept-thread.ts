// A thread that works until it is stopped; when it dies another takes its place, as Lambda's sandboxes do.
import { setTimeout } from 'node:timers/promises';
import { log } from '../../lib/log.ts';
import type { Thread } from './thread.ts';

export type KeptThread<Ready> = {
  /** the first message of the first */
  readonly ready: Ready;
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
  /** Lets it finish what is under way. */
  readonly stop: () => Promise<void>;
};

const PAUSE = 1_000;

/** Rejects when the first can't start. @param name of its function */
export async function keepThread<Ready>(
  name: string,
  start: () => Thread<Ready>,
): Promise<KeptThread<Ready>> {
  let begun = performance.now();
  let thread = start();
  const stopping = new AbortController();
  const ready = await thread.ready;
  const kept = keep();
  return {
    ready,
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
