// Waits until nothing is left in a tenant's events queue.
import { setTimeout } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import { countWaiting, type Waiting } from './deployed.ts';

export type Patience = {
  /** seconds for which the queue must be seen empty: SQS counts approximately */
  readonly still: number;
  /** seconds, then it gives up */
  readonly most: number;
  readonly report: (line: string) => void;
};

/** How often SQS is asked, milliseconds. */
const PACE = 5_000;

/** Answers what is left in the other two queues. Rejects when events still wait after so long. */
export async function waitUntilEmpty(
  clients: Clients,
  stage: string,
  tenant: string,
  { still, most, report }: Patience,
): Promise<Waiting> {
  const begun = Date.now();
  const pace = Math.max(100, Math.min(PACE, still * 500));
  let last = -1;
  let empty: number | undefined;
  for (;;) {
    const waiting = await countWaiting(clients, stage, tenant);
    if (waiting.events !== last) report(`${tenant}: ${waiting.events} events wait`);
    last = waiting.events;
    empty = waiting.events === 0 ? (empty ?? Date.now()) : undefined;
    if (empty !== undefined && Date.now() - empty >= still * 1000) return waiting;
    if (Date.now() - begun > most * 1000 && waiting.events > 0)
      throw new Error(
        `${tenant}: ${waiting.events} events still wait after ${most} s; the door stays closed, and they are kept: hookline doctor says what holds them`,
      );
    await setTimeout(pace);
  }
}
