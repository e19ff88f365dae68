// How far each attempt came, for as long as that matters.
import type { QueueEvent } from '../../lib/event.ts';

/** Times are epoch ms. */
export type Attempt = {
  /** no other attempt has it, not even one of another source */
  readonly key: string;
  /** queue_id, of a call */
  queue: string | undefined;
  /** when it began, as far as is known */
  since: number;
  joined: number | undefined;
  /** the first bridge, and the newest */
  bridged: number | undefined;
  connected: number | undefined;
  left: number | undefined;
  /** those that did something for it */
  agents: Set<string> | undefined;
  /** agent_id → the last time it missed the attempt */
  missed: Map<string, number> | undefined;
};

export const DAY = 24 * 60 * 60 * 1000;
/** What an attempt was is known for so long after it left: hooks overtake each other. */
const AFTERWARDS = 10 * 60 * 1000;

/** Webitel's attempts are those without a source; two sources may give two attempts the same id. */
export const createKey = (source: string | undefined, id: string): string =>
  source === undefined ? id : JSON.stringify([source, id]);

/**
 * The attempts that are open, or left a short time ago.
 * @param onForgotten is called for each that no longer is
 */
export function startAttempts(onForgotten: (attempt: Attempt) => void) {
  const known = new Map<string, Attempt>();
  let oldest: Left | undefined;
  let newest: Left | undefined;

  const find = (key: string, at: number): Attempt => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const attempt = startAttempt(key, at);
    known.set(key, attempt);
    return attempt;
  };

  const forget = (attempt: Attempt): void => {
    // One that was forgotten overnight may have begun again under its id.
    if (known.get(attempt.key) !== attempt) return;
    known.delete(attempt.key);
    onForgotten(attempt);
  };

  /** To be forgotten, counted from `now` by the clock of the door. */
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

  return { known: known as ReadonlyMap<string, Attempt>, find, leave, forgetLeft, forgetBefore };
}

/** The attempts that left, in a chain: to take the first of a hundred thousand off an array is dear. */
type Left = { readonly attempt: Attempt; readonly until: number; next: Left | undefined };

const startAttempt = (key: string, since: number): Attempt => ({
  key,
  queue: undefined,
  since,
  joined: undefined,
  bridged: undefined,
  connected: undefined,
  left: undefined,
  agents: undefined,
  missed: undefined,
});

/**
 * Does the hook move the call in its queue, for a client that shows the queue? The end of a call is its last word, and
 * a call that is connected doesn't join any more. Asked before the attempt is advanced.
 * @param newest the newest moment at which the door took an event: one that it took ten minutes before may be of a call
 * that nobody knows any more
 */
export function movesCall(
  attempt: Attempt | undefined,
  { event, received_at }: QueueEvent,
  at: number,
  newest: number,
): boolean {
  if (event === 'leaving') return attempt?.left === undefined;
  if (attempt?.left !== undefined || received_at <= newest - AFTERWARDS) return false;
  if (event === 'joined') return attempt?.joined === undefined && attempt?.bridged === undefined;
  return event === 'bridged' && at >= (attempt?.connected ?? Number.NEGATIVE_INFINITY);
}

/** Advances the attempt to where the event puts it. False: it was there before. */
export function advanceAttempt(attempt: Attempt, event: QueueEvent, at: number): boolean {
  switch (event.event) {
    case 'joined':
      if (attempt.joined !== undefined) return false;
      attempt.joined = at;
      attempt.since = joinedAt(event, at);
      return true;
    case 'bridged':
      attempt.connected = Math.max(at, attempt.connected ?? at);
      if (attempt.bridged !== undefined) return false;
      attempt.bridged = at;
      return true;
    case 'leaving':
      if (attempt.left !== undefined) return false;
      attempt.left = at;
      return true;
    case 'missed':
      return event.agent_id === undefined || noteMissed(attempt, event.agent_id, at);
    default:
      return true;
  }
}

/** The queue's own clock, unless it can't be right. */
const joinedAt = ({ joined_at }: QueueEvent, at: number): number =>
  joined_at !== undefined && joined_at <= at && joined_at > at - DAY ? joined_at : at;

function noteMissed(attempt: Attempt, agent: string, at: number): boolean {
  attempt.missed ??= new Map();
  if (at <= (attempt.missed.get(agent) ?? Number.NEGATIVE_INFINITY)) return false;
  attempt.missed.set(agent, at);
  return true;
}
