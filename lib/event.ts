// What can happen on a queue: each hook and each event, defined once. The schemas validate what is posted and what is
// read back, give the types, and give JSON Schema of what may be posted (input side) and of what is published (output).
import * as z from 'zod/mini';
import { type Problem, Rejected } from './errors.ts';
import { int64, isRecord, opaqueId, seconds, text, truth, whole, word } from './field.ts';

/** The events, in the order in which a call lives through them. */
export const eventNames = [
  'joined',
  'offering',
  'active',
  'answered',
  'bridged',
  'missed',
  'processing',
  'leaving',
  'agent_status',
] as const;

export type EventName = (typeof eventNames)[number];

export const isEventName = (name: unknown): name is EventName => eventNames.some((event) => event === name);

/** A member who expired before any attempt leaves, too, and has other fields. */
type HookName = EventName | 'expired_leaving';

type Id = ReturnType<typeof opaqueId>;

/** What is known of an attempt. */
function attempt(id: Id) {
  const [words, number, duration] = [text(), whole(), seconds()];
  return {
    channel: words.required,
    attempt_id: id.required,
    destination: words.optional,
    use_processing: truth().optional,
    agent_channel_id: words.optional,
    member_channel_id: words.optional,
    agent_name: words.optional,
    agent_id: id.optional,
    user_id: id.optional,
    agent_extension: words.optional,
    member_name: words.optional,
    member_id: id.optional,
    cc_attempt_seq: number.optional,
    cc_result: words.optional,
    call_bill_sec: duration.optional,
    call_duration: duration.optional,
    call_voice_sec: duration.optional,
    call_cause: words.optional,
    call_sip_code: number.optional,
    amd_result: words.optional,
    timestamp: number.optional,
    joined_at: number.optional,
    bridged_at: number.optional,
    queue_id: id.optional,
    member_stop_cause: words.optional,
    agent_description: words.optional,
  };
}

/** The fields of each hook. */
function hookFields(id: Id) {
  const onAttempt = attempt(id);
  const words = text();
  // A member who expired before any attempt leaves without attempt_id and channel.
  const expired = { ...onAttempt, channel: words.optional, attempt_id: id.optional };
  return {
    joined: onAttempt,
    offering: onAttempt,
    active: onAttempt,
    answered: onAttempt,
    bridged: onAttempt,
    missed: onAttempt,
    processing: onAttempt,
    leaving: onAttempt,
    expired_leaving: expired,
    agent_status: {
      ...expired,
      agent_id: id.required,
      status: word().required,
      team_id: id.optional,
      status_payload: words.optional,
      // Of the agent: the team hook has no agent_extension.
      extension: words.optional,
    },
  } satisfies Record<HookName, object>;
}

/** What the door adds to a hook. */
const envelope = () => ({
  /** idempotency key of the event: 32 hexadecimal digits */
  id: text().required,
  tenant: text().required,
  /** the system that sent the hook; absent for Webitel */
  source: text().optional,
  /** when the door received it, epoch milliseconds */
  received_at: whole().required,
  /** from the operator's settings of the queue */
  queue_name: text().optional,
  direction: z.optional(z.enum(['inbound', 'outbound'], { error: 'must be inbound or outbound' })),
  /** everything that the hook carried beside the known fields, as it came */
  variables: z.custom<Readonly<Record<string, unknown>>>(isRecord, { error: 'must be an object' }),
});

type Fields = ReturnType<typeof hookFields>;
type Output<Shape extends z.core.$ZodLooseShape> = z.output<z.ZodMiniObject<Shape>>;
type HookOf<N extends HookName> = { event: N extends 'expired_leaving' ? 'leaving' : N } & Output<Fields[N]>;

/** A hook's own fields: identifiers are exact strings, times epoch milliseconds, durations seconds. */
export type Hook = { [N in HookName]: HookOf<N> }[HookName];
export type QueueEvent = Hook & Output<ReturnType<typeof envelope>>;

/** What identifiers may be: integers of up to 64 bits, or any text. */
export type IdForm = 'int64' | 'opaque';

/** By the form of identifiers, what may be posted. */
export const hookSchemas = {
  int64: lazily(() => mapFields(hookFields(int64()), (fields) => z.object(fields))),
  opaque: lazily(() => mapFields(hookFields(opaqueId()), (fields) => z.object(fields))),
};

/** Whole events. A field that a newer producer adds goes through unharmed. */
export const eventSchemas = lazily(() => {
  const added = envelope();
  return mapFields(hookFields(opaqueId()), (fields) => z.looseObject({ ...fields, ...added }));
});

// The names are the same in either form; that of Webitel is made in any case.
const known = lazily(() => mapFields(hookSchemas.int64(), ({ shape }) => new Set(Object.keys(shape))));

/** The names of the fields known on this event; everything else that a hook carries is a variable. */
export const knownFields = (event: EventName): ReadonlySet<string> => known()[event];

type Given = { readonly [field: string]: unknown; readonly event: EventName };

/** The fields of one hook, normalised, in their order. Throws Rejected with every field that is wrong. */
export function readHook(given: Given, ids: IdForm): Hook {
  const read = parse(hookSchemas[ids]()[nameHook(given)], given);
  const fields = Object.keys(given).map((name) => [name, read[name]]);
  // A schema and its event agree by their name, which the compiler can't follow through an index.
  return { ...Object.fromEntries(fields), event: given.event } as Hook;
}

/** An event that was JSON, normalised by the same fields. Throws Rejected when this version cannot read it. */
export function readEvent(given: unknown): QueueEvent {
  if (!isRecord(given)) throw invalid([{ path: '', message: 'must be an object' }]);
  const { event } = given;
  if (!isEventName(event)) throw invalid([{ path: 'event', message: 'is unknown' }]);
  const named = { ...given, event };
  return parse(eventSchemas()[nameHook(named)], named) as QueueEvent;
}

function nameHook({ event, cc_result, member_stop_cause }: Given): HookName {
  const expired = event === 'leaving' && (cc_result === 'expired' || member_stop_cause === 'expired');
  return expired ? 'expired_leaving' : event;
}

function parse(schema: z.ZodMiniType<Record<string, unknown>>, given: object): Record<string, unknown> {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw invalid(error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

const invalid = (problems: readonly Problem[]) =>
  new Rejected('invalid', 'Some fields are missing or wrong', problems);

/** The same for each hook; hooks of the same fields share it. */
function mapFields<R extends Readonly<Record<HookName, object>>, T>(
  fields: R,
  map: (own: R[HookName]) => T,
): Record<HookName, T> {
  const made = new Map<object, T>();
  const mapped = Object.entries(fields).map(([name, own]) => {
    const result = made.get(own) ?? map(own);
    made.set(own, result);
    return [name, result];
  });
  return Object.fromEntries(mapped) as Record<HookName, T>;
}

/** Made when it is first needed: a cold start waits for nothing else. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
