// A call whose leaving never came: one record with what is known of it, and one message.
import { readEvent } from '../event.ts';
import { isRecord } from '../field.ts';
import { digest } from '../identity.ts';
import { type CallHook, readRecord } from './call.ts';
import { fillIncompleteCdr, type Known } from './dialects/enigma.ts';
import { nameQueueChannel } from './lifecycle.ts';
import { type CdrEntry, DAY, type Message } from './notification.ts';
import type { Publication } from './publication.ts';

/** A call that is open, as Redis remembers it. */
export type OpenCall = {
  /** scope and attempt, as JSON: its name in the index */
  readonly name: string;
  /** its record: its first event as it was published, and its hooks; empty when it is not known */
  readonly record: readonly string[];
};

/** Where records of calls that never left go. */
export type IncompletePlaces = {
  /** the base key, `enigma:notifications` */
  readonly base: string;
  /** full keys of the lists that each get a record */
  readonly lists: readonly string[];
  /** the CDR list whose markers say that a call has left */
  readonly cdrList: string;
};

/**
 * The publication that gives a call up. Its id is the same whenever it is made: the CDR of a leaving that comes after
 * all names it as `completes`.
 * @param now epoch milliseconds
 */
export function reportIncomplete(
  { name, record }: OpenCall,
  { base, lists, cdrList }: IncompletePlaces,
  now: number,
): Publication {
  const { scope, attempt_id } = readName(name);
  const [tenant = '', source] = scope;
  const event = recallEvent(record, attempt_id);
  const { queue_id, joined_at, bridged_at } = event;
  const id = digest(['incomplete', ...scope, attempt_id]);
  const payload = {
    ...{ ...event, id, tenant, source },
    ...fillIncompleteCdr(event, attempt_id),
    incomplete: true,
  };
  const lacking = { ...(joined_at === undefined && { dialed_at: null }), call_time: null };
  const entries = lists.map(
    (list): CdrEntry => ({
      ...{ kind: 'cdr', list, scope, attempt_id, lacking, marker: 'incomplete' },
      message: JSON.stringify({ type: 'cdr', payload }),
    }),
  );
  const message: Message = {
    kind: 'message',
    channels: [nameQueueChannel(base, queue_id)],
    message: JSON.stringify({ type: 'incomplete', payload: { ...payload, ...lacking } }),
    once: { words: ['incomplete', ...scope, attempt_id], seconds: DAY },
  };
  const hook: CallHook = { id, event: 'incomplete', at: now, joined_at, bridged_at };
  return {
    group: name,
    call: { scope, attempt_id, name, hook, givenUp: { length: record.length, cdrList } },
    notifications: [...entries, message],
  };
}

function readName(name: string): { readonly scope: readonly string[]; readonly attempt_id: string } {
  const words: unknown = JSON.parse(name);
  const known = Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
  const attempt_id = known.at(-1);
  if (attempt_id === undefined) throw new Error(`The index of open calls names ${name}, which is no call`);
  return { scope: known.slice(0, -1), attempt_id };
}

/**
 * The call's first event, with the name, the agent and the bridge of its later hooks; these alone where it was too long,
 * or a newer version wrote it.
 */
function recallEvent(record: readonly string[], attempt_id: string): Known {
  const { first, hooks } = readRecord(record);
  const inOrder = hooks.toSorted((one, other) => one.at - other.at);
  const later = Object.assign(
    {},
    ...inOrder.map(({ id: _id, at: _at, received_at: _received_at, ...told }) => told),
  );
  try {
    const { payload } = JSON.parse(first);
    // What a message has beside its event.
    const { ref: _, end_code: __, late: ___, ...event } = isRecord(payload) ? payload : {};
    // Its name, user and leg are of the agent whom the first event names.
    const { agent_name, user_id, agent_channel_id, ...others } = event;
    const agent = event['agent_id'] === later.agent_id ? { agent_name, user_id, agent_channel_id } : {};
    return readEvent({ ...others, ...agent, ...later });
  } catch {
    return { attempt_id, variables: {}, ...later };
  }
}
