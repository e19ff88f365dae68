// What can happen on a queue: the fields of each hook, in the order in which a call lives through them.
import { type Problem, Rejected } from './errors.ts';
import {
  type Field,
  identifier,
  isAbsent,
  isRecord,
  oneOf,
  record,
  seconds,
  text,
  truth,
  whole,
} from './field.ts';

/** What Webitel tells of an attempt. */
const attempt = {
  channel: text,
  attempt_id: identifier,
  destination: text,
  use_processing: truth,
  agent_channel_id: text,
  member_channel_id: text,
  agent_name: text,
  agent_id: identifier,
  user_id: identifier,
  agent_extension: text,
  member_name: text,
  member_id: identifier,
  cc_attempt_seq: whole,
  cc_result: text,
  call_bill_sec: seconds,
  call_duration: seconds,
  call_voice_sec: seconds,
  call_cause: text,
  call_sip_code: whole,
  amd_result: text,
  timestamp: whole,
  joined_at: whole,
  bridged_at: whole,
  queue_id: identifier,
  member_stop_cause: text,
  agent_description: text,
};

/** What the team hook adds. Its extension is `extension`, not `agent_extension`. */
const team = { ...attempt, team_id: identifier, status: text, status_payload: text, extension: text };

/** What the door adds to a hook. */
const envelope = {
  /** idempotency key of the event: 32 hexadecimal digits */
  id: text,
  tenant: text,
  /** when the door received it, epoch milliseconds */
  received_at: whole,
  /** from the operator's settings of the queue */
  queue_name: text,
  direction: oneOf('inbound', 'outbound'),
  /** everything that the hook carried beside the known fields, as it came */
  variables: record,
};

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F> = { [K in keyof F]?: F[K] extends Field<infer T> ? T | undefined : never };
type With<V, K extends keyof V> = V & { [R in K]-?: Exclude<V[R], undefined> };

/** What a kind of object is read with: its fields, and which of them must be there. */
type Shape<F extends Fields, K extends keyof F> = {
  readonly fields: F;
  readonly required: readonly K[];
  /** the fields, made ready to be walked through for every event */
  readonly table: readonly (readonly [name: string, field: Field<unknown>])[];
};

const shape = <F extends Fields, K extends keyof F & string = never>(
  fields: F,
  ...required: readonly K[]
): Shape<F, K> => ({ fields, required, table: Object.entries(fields) });

const onAttempt = shape(attempt, 'channel', 'attempt_id');

const hooks = {
  joined: onAttempt,
  offering: onAttempt,
  active: onAttempt,
  answered: onAttempt,
  bridged: onAttempt,
  missed: onAttempt,
  processing: onAttempt,
  leaving: onAttempt,
  agent_status: shape(team, 'agent_id', 'status'),
};

/** A member who expired before any attempt leaves without attempt_id and channel. */
const expiredLeaving = shape(attempt);

const stamp = shape(envelope, 'id', 'tenant', 'received_at', 'variables');

type ValuesOf<S> = S extends Shape<infer F, infer K> ? With<Values<F>, K> : never;

export type EventName = keyof typeof hooks;

/** A hook's own fields: identifiers are exact strings, times epoch milliseconds, durations seconds. */
export type Hook =
  | { [E in EventName]: { event: E } & ValuesOf<(typeof hooks)[E]> }[EventName]
  | ({ event: 'leaving' } & ValuesOf<typeof expiredLeaving>);
export type QueueEvent = Hook & ValuesOf<typeof stamp>;

export const eventNames = Object.keys(hooks) as EventName[];
export const isEventName = (name: unknown): name is EventName =>
  typeof name === 'string' && Object.hasOwn(hooks, name);

const attemptFields = new Set(Object.keys(attempt));
const teamFields = new Set(Object.keys(team));

/** The names of the fields known on this event; everything else that a hook carries is a variable. */
export const knownFields = (event: EventName): ReadonlySet<string> =>
  event === 'agent_status' ? teamFields : attemptFields;

type Given = { [field: string]: unknown };

/** Normalises the fields of one hook, in place. Throws Rejected with every field that is wrong. */
export function readHook(given: Given & { readonly event: EventName }): Hook {
  const { event, cc_result, member_stop_cause } = given;
  const expired = event === 'leaving' && (cc_result === 'expired' || member_stop_cause === 'expired');
  normalise(given, expired ? expiredLeaving : hooks[event], 'is missing: map it in the data of the flow');
  return given as Hook;
}

/** Reads an event back from the queue. Throws Rejected when this version cannot read it. */
export const readEvent = (body: string): QueueEvent => eventFrom(json(body));

/**
 * An event that was JSON, normalised in place by the same fields. A field that a newer producer adds goes through
 * unharmed. Throws Rejected when this version cannot read it.
 */
export function eventFrom(given: unknown): QueueEvent {
  if (!isRecord(given)) throw invalid({ path: '', message: 'must be an object' });
  normalise(given, stamp, 'is missing');
  if (!hasEventName(given)) throw invalid({ path: 'event', message: 'is unknown' });
  return readHook(given) as QueueEvent;
}

const hasEventName = (given: Given): given is Given & { readonly event: EventName } =>
  isEventName(given['event']);

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own error quotes the body.
    throw new Rejected('unreadable', 'The message is not JSON');
  }
}

/** Each field becomes what its kind reads. After it the object is what the shape's type says. */
function normalise(given: Given, { table, required }: Shape<Fields, string>, missing: string): void {
  const problems: Problem[] = [];
  for (const [name, { read, cure }] of table) {
    const value = given[name];
    if (isAbsent(value)) {
      if (value !== undefined) given[name] = undefined;
      if (required.includes(name)) problems.push({ path: name, message: missing });
    } else {
      const taken = read(value);
      if (taken === undefined) problems.push({ path: name, message: cure });
      else if (taken !== value) given[name] = taken;
    }
  }
  if (problems.length > 0) throw invalid(...problems);
}

const invalid = (...problems: Problem[]) =>
  new Rejected('invalid', 'Some fields are missing or wrong', problems);
