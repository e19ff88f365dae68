// What is known of a queue: its counts of the day, who waits in it, and what each attempt adds to that.
import type { Attempt } from './attempts.ts';
import type { Today } from './today.ts';

export type Queue = {
  readonly id: string;
  name: string | undefined;
  /** of the day */
  entered: number;
  answered: number;
  abandoned: number;
  /** key of each attempt that waits → since when, epoch ms */
  readonly waiting: Map<string, number>;
};

export const startQueue = (id: string): Queue => ({
  id,
  name: undefined,
  entered: 0,
  answered: 0,
  abandoned: 0,
  waiting: new Map(),
});

/**
 * What an attempt adds to its queue. It depends on what is known, not on the order in which it came. Only a call that
 * entered counts at all: those that a dialler makes never join.
 */
type Share = {
  readonly entered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly waiting: boolean;
};

const nothing: Share = { entered: 0, answered: 0, abandoned: 0, waiting: false };

export function computeShare({ queue, joined, bridged, left }: Attempt, today: Today): Share {
  if (queue === undefined) return nothing;
  const counts = (at: number | undefined) => (at !== undefined && today.has(at) ? 1 : 0);
  if (joined === undefined) return nothing;
  const unanswered = bridged === undefined;
  return {
    entered: counts(joined),
    answered: counts(bridged),
    abandoned: unanswered ? counts(left) : 0,
    waiting: unanswered && left === undefined,
  };
}

/** The queue takes an attempt's share anew. False: nothing changed. */
export function recount(queue: Queue, { key, since }: Attempt, before: Share, after: Share): boolean {
  queue.entered += after.entered - before.entered;
  queue.answered += after.answered - before.answered;
  queue.abandoned += after.abandoned - before.abandoned;
  if (after.waiting) queue.waiting.set(key, since);
  else queue.waiting.delete(key);
  return (
    after.entered !== before.entered ||
    after.answered !== before.answered ||
    after.abandoned !== before.abandoned ||
    after.waiting !== before.waiting
  );
}
