// Webitel, "Queue webhooks": reads the body that a hook's flow posts.
import { readBody } from '../body.ts';
import { Rejected } from '../errors.ts';
import { type EventName, eventNames, type Hook, isEventName, knownFields, readHook } from '../event.ts';
import { explain, nearest } from './mistakes.ts';

const WEEK = 7 * 24 * 3600;
const DEEPEST = 64;

/** The hook's own fields, normalised, and beside them every further variable as it came. */
export type Reading = { readonly hook: Hook; readonly variables: Record<string, unknown> };

/**
 * Reads one hook.
 * @param body as posted: a JSON object, or form fields
 * @param segment the last segment of the URL, when it names the event; any case
 * @throws Rejected for a body that is neither form, an unknown event, or a field that is missing or wrong
 */
export function readWebitel(body: Uint8Array, segment?: string): Reading {
  const fields = readBody(body);
  const event = segment === undefined ? eventOf(fields) : eventInPath(segment);
  try {
    return readAs(event, fields);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const unknown = Object.keys(fields).filter((name) => !knownFields(event).has(name));
    const problems = explain(error.problems, (path) => ownValue(fields, path), unknown);
    throw new Rejected(error.refusal, error.message, problems, { cause: error });
  }
}

const ownValue = (fields: Record<string, unknown>, name: string) =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function readAs(event: EventName, fields: Record<string, unknown>): Reading {
  const known = knownFields(event);
  const given: [string, unknown][] = [];
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (known.has(name)) given.push([name, value]);
    else if (name !== 'event' && name !== 'state') rest.push([name, value]);
  }
  // By entries, which make own properties of all names: __proto__, too.
  const variables = Object.fromEntries(rest);
  if (deeperThan(DEEPEST, variables)) throw tooDeep;
  const hook = readHook(Object.assign(Object.fromEntries(given), { event }));
  correct(hook);
  return { hook, variables };
}

/** Parsers of many a client give up beyond. */
const deeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels < 0 || Object.values(value).some((inner) => deeperThan(levels - 1, inner)));

// Not by its name: what isn't ours to know may be a person's.
const tooDeep = new Rejected('invalid', 'A variable is nested too deeply', [
  { path: 'variables', message: `must not be nested deeper than ${DEEPEST} levels` },
]);

function eventInPath(segment: string): EventName {
  const event = segment.toLowerCase();
  if (isEventName(event)) return event;
  const meant = nearest(event, eventNames);
  const guess = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new Rejected(
    'unknown_event',
    `The last segment of the URL must be one of ${eventNames.join(', ')}${guess}`,
  );
}

/** An expired leaving and the team hook carry no state: they are known by their fields. */
function eventOf(fields: Record<string, unknown>): EventName {
  const name = spelled(fields['event']) ?? spelled(fields['state']);
  if (name === 'idle') return 'joined';
  if (isEventName(name)) return name;
  if (name === undefined) {
    if (fields['cc_result'] === 'expired' || fields['member_stop_cause'] === 'expired') return 'leaving';
    if (spelled(fields['status']) !== undefined && spelled(fields['agent_id']) !== undefined)
      return 'agent_status';
  }
  const message = `must be one of ${eventNames.join(', ')}: name it in the URL, or map "state": "\${state}"`;
  const meant = nearest(name ?? '', eventNames);
  const problem = {
    path: 'event',
    message: meant === undefined ? message : `${message}; did you mean ${meant}?`,
  };
  const problems = explain([problem], () => fields['event'] || fields['state'], []);
  throw new Rejected('invalid', 'The event is missing or unknown', problems);
}

/** The word in a field, undefined when absent; what can't be a word is one that nothing knows. */
function spelled(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'object' ? 'object' : String(value).trim().toLowerCase();
}

/** Misspellings of the page, and a duration that is an epoch time because no ringing was seen. */
function correct(hook: Hook): void {
  if (hook.amd_result === 'MASHINE') hook.amd_result = 'MACHINE';
  if (hook.amd_result === 'NOT_SURE') hook.amd_result = 'NOTSURE';
  if (hook.cc_result === 'sucess') hook.cc_result = 'success';
  if (hook.call_duration !== undefined && hook.call_duration > WEEK) hook.call_duration = undefined;
}
