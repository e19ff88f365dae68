// The sandbox of the sweep, with its schedule in it.
import { setTimeout } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { log } from '../../lib/log.ts';
import { findRemedy } from '../../lib/redis/remedies.ts';
import { type FunctionData, importHandler, untilToldToStop } from './in-thread.ts';

export type SweepData = FunctionData & {
  /** milliseconds from one run to the next */
  readonly every: number;
};

const { every, ...data }: SweepData = workerData;
const invoke = await importHandler(data);
const stopping = new AbortController();
const swept = sweepOnSchedule();
await untilToldToStop('ready', async () => {
  stopping.abort();
  await swept;
});

async function sweepOnSchedule(): Promise<void> {
  const { signal } = stopping;
  for (;;) {
    await setTimeout(every, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await invoke({}).catch((error: unknown) =>
      log('error', 'not swept', { error, remedy: findRemedy(error) }),
    );
  }
}
