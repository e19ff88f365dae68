// The state of an agent as XiVO's clients get it.
import type { QueueEvent } from '../../lib/event.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { type XucEvent, xuc } from '../../lib/publish/dialects/xuc.ts';
import type { Snapshot } from '../state/reducer.ts';

/**
 * The state that an event gives its agent, if any.
 * @param now epoch ms
 * @param seesQueue may the client see the queue? Then also what is of the queue, the direction
 */
export function describeState(
  { agents }: Snapshot,
  event: QueueEvent,
  now: number,
  seesQueue: boolean,
): readonly XucEvent[] {
  const { extension, team } = agents.get(event.agent_id ?? '') ?? {};
  return speak(xuc, seesQueue ? event : { ...event, direction: undefined }, { now, extension, team });
}
