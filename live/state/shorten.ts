// The state keeps an event of each agent for ever: without what fills the memory and what nobody asks for later.
import type { QueueEvent } from '../../lib/event.ts';

/** Characters of a text that is kept. */
const LONGEST = 1024;

/** A copy of an event without its variables, and without texts that are too long for a name or a number. */
export function shorten(event: QueueEvent): QueueEvent {
  const texts = {
    variables: {},
    destination: limitText(event.destination),
    agent_name: limitText(event.agent_name),
    agent_extension: limitText(event.agent_extension),
    agent_channel_id: undefined,
    member_channel_id: undefined,
    member_name: undefined,
    cc_result: undefined,
    call_cause: undefined,
    amd_result: undefined,
    member_stop_cause: undefined,
    agent_description: undefined,
  };
  if (event.event !== 'agent_status') return { ...event, ...texts };
  const { extension, status_payload } = event;
  return { ...event, ...texts, extension: limitText(extension), status_payload: limitText(status_payload) };
}

/** Undefined instead of a text that is too long. */
export const limitText = (text: string | undefined): string | undefined =>
  text === undefined || text.length <= LONGEST ? text : undefined;
