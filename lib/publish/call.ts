// What is remembered of a call's hooks until it leaves, so that its CDR can tell it.
import type { EventName, QueueEvent } from '../event.ts';
import { findScope } from '../identity.ts';
import { findEventTime } from './event-time.ts';

/** A hook of a call, as short as its CDR needs it. */
export type CallHook = {
  /** of its event, shortened: the same hook is remembered once */
  readonly id: string;
  readonly event: EventName | 'incomplete';
  /** when it happened, epoch milliseconds: its timestamp where that can be believed, else when the door received it */
  readonly at: number;
  /** when the door received it, where that was more than a minute later: the call was not silent until then */
  readonly received_at?: number;
  readonly agent_id?: string | undefined;
  readonly agent_extension?: string | undefined;
  readonly joined_at?: number | undefined;
  readonly bridged_at?: number | undefined;
};

/** The call that an event is of, and what its hook tells. */
export type Call = {
  /** of the attempt: the tenant, and the source unless it is Webitel */
  readonly scope: readonly string[];
  readonly attempt_id: string;
  /** both, as JSON: what its record and its place in the index are called */
  readonly name: string;
  readonly hook: CallHook;
  /** its CDR waits for room in a list on another node, and will be completed once more */
  readonly cdrWaits?: boolean;
  /**
   * Nothing came for too long: the publication is made only if the record still has so many entries, and the list has
   * no CDR of the call; then the call is closed.
   */
  readonly givenUp?: { readonly length: number; readonly cdrList: string };
};

const MINUTE = 60_000;

/** Identifiers are any text, and what is remembered is bounded. */
const LONGEST = { name: 300, agent: 64 };

/** Redis can't read half of a surrogate pair, and the call would have no figures. */
const keepShort = (text: string | undefined) =>
  text !== undefined && text.length <= LONGEST.agent && text.isWellFormed() ? text : undefined;

/** What a call's record and its place in the index are called. */
export const writeName = (scope: readonly string[], attempt_id: string): string =>
  JSON.stringify([...scope, attempt_id]);

/** Undefined for what is of no call: chats, tasks, agents, members who expired; and where identifiers are very long. */
export function noteHook(event: QueueEvent): Call | undefined {
  const { channel, attempt_id, agent_id, agent_extension, joined_at, bridged_at } = event;
  if (channel !== 'call' || attempt_id === undefined) return undefined;
  const scope = findScope(event);
  const name = writeName(scope, attempt_id);
  if (name.length > LONGEST.name) return undefined;
  const { received_at } = event;
  const at = findEventTime(event) ?? received_at;
  const hook: CallHook = {
    id: event.id.slice(0, 12),
    event: event.event,
    at,
    ...(received_at > at + MINUTE && { received_at }),
    agent_id: keepShort(agent_id),
    agent_extension: keepShort(agent_extension),
    joined_at,
    bridged_at,
  };
  return { scope, attempt_id, name, hook };
}

/** What Redis remembers of a call: its first event as it was published, or empty, and its hooks in their order. */
export function readRecord([first = '', ...lines]: readonly string[]): {
  readonly first: string;
  readonly hooks: readonly CallHook[];
} {
  // What would be too many is replaced by a line without an id.
  return { first, hooks: lines.filter((line) => line.startsWith('{"id":')).map((line) => JSON.parse(line)) };
}
