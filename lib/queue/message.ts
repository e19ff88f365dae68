// How an event lies in the queue: JSON that begins with the version of its form.
import { Rejected } from '../errors.ts';
import { isEventName, type QueueEvent, readEvent } from '../event.ts';
import { isRecord } from '../field.ts';

/** To be counted up when an event that this version writes would be misread by the check below. */
const STAMP = '{"v":1,';

export const writeMessage = (event: QueueEvent): string => STAMP + JSON.stringify(event).slice(1);

/**
 * What this version wrote was validated before, so only what the code relies on is checked; what an older or newer
 * version wrote goes through the full schema. Throws Rejected when this version cannot read it.
 */
export function readMessage(body: string): QueueEvent {
  const stamped = body.startsWith(STAMP);
  const given = parse(stamped ? `{${body.slice(STAMP.length)}` : body);
  return stamped && isWritten(given) ? given : readEvent(withoutVersion(given));
}

function isWritten(given: unknown): given is QueueEvent {
  if (!isRecord(given)) return false;
  const { event, id, tenant, received_at, variables, attempt_id, agent_id, status } = given;
  return (
    isEventName(event) &&
    typeof id === 'string' &&
    typeof tenant === 'string' &&
    typeof received_at === 'number' &&
    isRecord(variables) &&
    (attempt_id === undefined || typeof attempt_id === 'string') &&
    (event !== 'agent_status' || (typeof agent_id === 'string' && typeof status === 'string'))
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error quotes the text.
    throw new Rejected('unreadable', 'The message is not JSON');
  }
}

function withoutVersion(given: unknown): unknown {
  if (!isRecord(given)) return given;
  const { v: _, ...event } = given;
  return event;
}
