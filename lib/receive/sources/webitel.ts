// Webitel, "Queue webhooks": reads the body that a hook's flow posts.

import { Rejected } from '../../errors.ts';
import { type EventName, eventNames, type Hook, isEventName, knownFields, readHook } from '../../event.ts';
import { isAbsent } from '../../field.ts';
import { readBody, setFields } from '../body.ts';
import type { Headers, Source } from './source.ts';
import { splitVariables } from './variables.ts';
import { explain, nearest } from './webitel-mistakes.ts';

const WEEK = 7 * 24 * 3600;

/**
 * Takes a JSON object or form fields. The last segment of the URL may name the event, in any case.
 * Rejects a body that is neither, an unknown event, and a field that is missing or wrong.
 */
export const webitel: Source = {
  read({ body, headers, segment }) {
    const fields = readBody(body);
    const event = segment === undefined ? eventIn(fields) : eventInPath(segment);
    const { given, variables } = splitVariables(fields, knownFields(event), ['event', 'state']);
    const hook = correct(readFields(event, given, variables));
    return { hook, variables, identity: identify(hook, headers) };
  },
  eventInPath: true,
  mend: (delivery, set, event) => ({
    ...delivery,
    body: setFields(delivery.body, set),
    segment: event ?? delivery.segment,
  }),
  readsHeader: (name) => keyHeaders.includes(name),
};

const keyHeaders = ['idempotency-key', 'webhook-id'];

function readFields(
  event: EventName,
  given: Record<string, unknown>,
  variables: Record<string, unknown>,
): Hook {
  try {
    return readHook({ ...given, event }, 'int64');
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const problems = explain(error.problems, given, Object.keys(variables));
    throw new Rejected(error.refusal, error.message, problems, { cause: error });
  }
}

/**
 * With a timestamp, an event is (attempt, event, timestamp). Without, two equal bodies may be two real events: they are
 * one only under the same key of the sender, and a flow may send one key for a whole call, so the key alone is not
 * enough either.
 */
function identify(hook: Hook, headers: Headers): unknown[] | undefined {
  const { event, timestamp } = hook;
  if (timestamp !== undefined) return [event, findSubject(hook), ['at', timestamp]];
  const key = keyHeaders.map((name) => headers[name]).find((value) => !isAbsent(value));
  return key === undefined ? undefined : [event, findSubject(hook), ['key', key]];
}

function findSubject(hook: Hook): unknown {
  if (hook.event === 'agent_status') return ['agent', hook.agent_id, hook.status, hook.status_payload];
  if (hook.attempt_id !== undefined) return ['attempt', hook.attempt_id];
  return ['member', hook.queue_id, hook.member_id, hook.cc_attempt_seq, hook.member_name];
}

function eventInPath(segment: string): EventName {
  const event = segment.toLowerCase();
  if (isEventName(event)) return event;
  const detail = `The last segment of the URL must be one of ${eventNames.join(', ')}`;
  throw new Rejected('unknown_event', detail + guessAt(event));
}

/** An expired leaving and the team hook carry no state: they are known by their fields. */
function eventIn(fields: Record<string, unknown>): EventName {
  const name = word(fields['event']) ?? word(fields['state']);
  if (name === 'idle') return 'joined';
  if (isEventName(name)) return name;
  if (name === undefined) {
    if (fields['cc_result'] === 'expired' || fields['member_stop_cause'] === 'expired') return 'leaving';
    if (word(fields['status']) !== undefined && word(fields['agent_id']) !== undefined) return 'agent_status';
  }
  const message = `must be one of ${eventNames.join(', ')}: name it in the URL, or map "state": "\${state}"`;
  const problem = { path: 'event', message: message + guessAt(name ?? '') };
  const problems = explain([problem], { event: fields['event'] || fields['state'] }, []);
  throw new Rejected('invalid', 'The event is missing or unknown', problems);
}

function guessAt(name: string): string {
  const meant = nearest(name, eventNames);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** The word in a field, undefined when absent; what can't be a word is one that nothing knows. */
function word(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  return typeof value === 'object' ? 'object' : String(value).trim().toLowerCase();
}

/**
 * Misspellings of the page, a duration that is an epoch time because no ringing was seen, and the extension of the team
 * hook, which a flow may send under the name that the other hooks have.
 */
function correct(hook: Hook): Hook {
  if (hook.amd_result === 'MASHINE') hook.amd_result = 'MACHINE';
  if (hook.amd_result === 'NOT_SURE') hook.amd_result = 'NOTSURE';
  if (hook.cc_result === 'sucess') hook.cc_result = 'success';
  if (hook.call_duration !== undefined && hook.call_duration > WEEK) hook.call_duration = undefined;
  if (hook.event === 'agent_status') hook.extension ??= hook.agent_extension;
  return hook;
}
