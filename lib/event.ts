// What can happen on a queue: one schema per hook, in the order in which a call lives through them.
import * as z from 'zod/mini';
import { type Problem, Rejected } from './errors.ts';
import { identifier, required, seconds, text, truth, whole } from './field.ts';

/** What Webitel tells of an attempt; every field but `channel` and `attempt_id` may be absent. */
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

const onAttempt = { ...attempt, channel: required(text), attempt_id: required(identifier) };

/** What the team hook adds. Its extension is `extension`, not `agent_extension`. */
const team = {
  ...attempt,
  agent_id: required(identifier),
  team_id: identifier,
  status: required(text),
  status_payload: text,
  extension: text,
};

// Loose: a field that a newer producer adds goes through an older consumer unharmed.
const attemptHook = <E extends string>(event: E) => z.looseObject({ event: z.literal(event), ...onAttempt });

/** Made when the first of their kind comes: a cold start needs one of them. */
const hooks = {
  joined: () => attemptHook('joined'),
  offering: () => attemptHook('offering'),
  active: () => attemptHook('active'),
  answered: () => attemptHook('answered'),
  bridged: () => attemptHook('bridged'),
  missed: () => attemptHook('missed'),
  processing: () => attemptHook('processing'),
  leaving: () => attemptHook('leaving'),
  agent_status: () => z.looseObject({ event: z.literal('agent_status'), ...team }),
};

/** A member who expired before any attempt leaves without attempt_id and channel. */
const expiredLeaving = () => z.looseObject({ event: z.literal('leaving'), ...attempt });

type HookSchema = (typeof hooks)[EventName] | typeof expiredLeaving;
const made = new Map<HookSchema, ReturnType<HookSchema>>();

function schemaOf(make: HookSchema): ReturnType<HookSchema> {
  const schema = made.get(make) ?? make();
  made.set(make, schema);
  return schema;
}

/** What the door adds to a hook. */
const envelope = z.object({
  /** idempotency key of the event: 32 hexadecimal digits */
  id: z.string(),
  tenant: z.string(),
  /** when the door received it, epoch milliseconds */
  received_at: z.number(),
  /** from the operator's settings of the queue */
  queue_name: z.optional(z.string()),
  direction: z.optional(z.enum(['inbound', 'outbound'])),
  /** everything that the hook carried beside the known fields, as it came */
  variables: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null),
});

export type EventName = keyof typeof hooks;

// Without the index signature of a loose object, so that a misspelt field is a compile error.
type Known<T> = T extends unknown ? { [K in keyof T as string extends K ? never : K]: T[K] } : never;

/** A hook's own fields: identifiers are exact strings, times epoch milliseconds, durations seconds. */
export type Hook = Known<z.infer<ReturnType<HookSchema>>>;
export type QueueEvent = Hook & Known<z.infer<typeof envelope>>;

export const eventNames = Object.keys(hooks) as EventName[];
export const isEventName = (name: unknown): name is EventName =>
  typeof name === 'string' && Object.hasOwn(hooks, name);

const hasEventName = (value: unknown): value is { readonly event: EventName } =>
  typeof value === 'object' && value !== null && 'event' in value && isEventName(value.event);

const attemptFields = new Set(Object.keys(attempt));
const teamFields = new Set(Object.keys(team));

/** The names of the fields known on this event; everything else that a hook carries is a variable. */
export const knownFields = (event: EventName): ReadonlySet<string> =>
  event === 'agent_status' ? teamFields : attemptFields;

/** Normalises the fields of one hook. Throws Rejected with every field that is wrong. */
export function readHook(fields: { readonly event: EventName; readonly [field: string]: unknown }): Hook {
  const { event, cc_result, member_stop_cause } = fields;
  const expired = event === 'leaving' && (cc_result === 'expired' || member_stop_cause === 'expired');
  return parse<Hook>(schemaOf(expired ? expiredLeaving : hooks[event]), fields);
}

/** Reads an event back from the queue, by the same schemas. Throws Rejected when this version cannot read it. */
export function readEvent(body: string): QueueEvent {
  const value = json(body);
  const stamp = parse<z.infer<typeof envelope>>(envelope, value);
  if (!hasEventName(value))
    throw new Rejected('invalid', 'Unknown event', [{ path: 'event', message: 'is unknown' }]);
  return Object.assign(readHook(value), stamp);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own error quotes the body.
    throw new Rejected('unreadable', 'The message is not JSON');
  }
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }): Problem => ({ path: path.join('.'), message }),
  );
  throw new Rejected('invalid', 'Some fields are missing or wrong', problems);
}
