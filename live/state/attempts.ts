// Where each attempt stands, for as long as that matters.
import type { QueueEvent } from '../../lib/event.ts';

/** Times are epoch ms. */
export type Attempt = {
  readonly id: string;
  /** queue_id, of a call */
  queue: string | undefined;
  /** when it began, as far as is known */
  since: number;
  joined: number | undefined;
  bridged: number | undefined;
  left: number | undefined;
  /** the last agent that did something for it */
  agent: string | undefined;
  /** agent_id → the last time it missed the attempt */
  missed: Map<string, number> | undefined;
};

export const DAY = 24 * 60 * 60 * 1000;
/** What an attempt was is known for so long after it left: hooks overtake each other. */
const AFTERWARDS = 10 * 60 * 1000;

/**
 * The attempts that are open, or left a short time ago.
 * @param forgotten is told of each that no longer is
 */
export function startAttempts(forgotten: (attempt: Attempt) => void) {
  const known = new Map<string, Attempt>();
  let oldest: Left | undefined;
  let newest: Left | undefined;

  const of = (id: string, at: number): Attempt => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const attempt = startAttempt(id, at);
    known.set(id, attempt);
    return attempt;
  };

  const forget = (attempt: Attempt): void => {
    // One that was forgotten overnight may have begun again under its id.
    if (known.get(attempt.id) !== attempt) return;
    known.delete(attempt.id);
    forgotten(attempt);
  };

  /** To be forgotten, counted from `now` of the stream. */
  const leave = (attempt: Attempt, now: number): void => {
    const left = { attempt, until: now + AFTERWARDS, next: undefined };
    if (newest === undefined) oldest = left;
    else newest.next = left;
    newest = left;
  };

  const forgetLeft = (now: number): void => {
    for (; oldest !== undefined && oldest.until <= now; oldest = oldest.next) forget(oldest.attempt);
    if (oldest === undefined) newest = undefined;
  };

  /** Some never leave. */
  const forgetBefore = (time: number): void => {
    for (const attempt of known.values()) if (attempt.since < time) forget(attempt);
  };

  return { known: known as ReadonlyMap<string, Attempt>, of, leave, forgetLeft, forgetBefore };
}

/** The attempts that left, in a chain: to take the first of a hundred thousand off an array is dear. */
type Left = { readonly attempt: Attempt; readonly until: number; next: Left | undefined };

const startAttempt = (id: string, since: number): Attempt => ({
  id,
  queue: undefined,
  since,
  joined: undefined,
  bridged: undefined,
  left: undefined,
  agent: undefined,
  missed: undefined,
});

/** Notes how far the attempt came. False: it was there before. */
export function progress(attempt: Attempt, event: QueueEvent, at: number): boolean {
  switch (event.event) {
    case 'joined':
      if (attempt.joined !== undefined) return false;
      attempt.joined = at;
      attempt.since = joinedAt(event, at);
      return true;
    case 'bridged':
      if (attempt.bridged !== undefined) return false;
      attempt.bridged = at;
      return true;
    case 'leaving':
      if (attempt.left !== undefined) return false;
      attempt.left = at;
      return true;
    case 'missed':
      return event.agent_id === undefined || miss(attempt, event.agent_id, at);
    default:
      return true;
  }
}

/** The queue's own clock, unless it can't be right. */
const joinedAt = ({ joined_at }: QueueEvent, at: number): number =>
  joined_at !== undefined && joined_at <= at && joined_at > at - DAY ? joined_at : at;

function miss(attempt: Attempt, agent: string, at: number): boolean {
  attempt.missed ??= new Map();
  if (at <= (attempt.missed.get(agent) ?? Number.NEGATIVE_INFINITY)) return false;
  attempt.missed.set(agent, at);
  return true;
}
