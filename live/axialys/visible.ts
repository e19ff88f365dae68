// Which fields of Axialys's notifications an account may see: docs/live.md has the table.
import type { QueueEvent } from '../../lib/event.ts';
import type { AxialysEvent } from '../../lib/publish/dialects/axialys.ts';
import { stated } from '../../lib/publish/dialects/json-fields.ts';
import type { Permissions } from '../access/accounts.ts';

/** The notification of an event with the fields that the account may see; undefined when it may see none. */
export function limitFields(
  permissions: Permissions,
  notification: AxialysEvent,
  { queue_id, agent_id }: Pick<QueueEvent, 'queue_id' | 'agent_id'>,
): AxialysEvent | undefined {
  const { type_notification, msg } = notification;
  if (type_notification === 'UI') return permissions.seesAgent(agent_id) ? notification : undefined;
  const [queue, agent] = [permissions.seesQueue(queue_id), permissions.seesAgent(agent_id)];
  if (queue && agent) return notification;
  if (type_notification === 'queue') {
    if (!queue) return undefined;
    const { id_operator, ...call } = msg;
    return id_operator === undefined ? notification : { ...notification, msg: call };
  }
  if (!agent) return undefined;
  // Her agent works on a call of somebody else's queue: what he does is hers to see, the call isn't.
  const { status, id_operator, id_client } = msg;
  return { ...notification, msg: stated({ status, id_operator, id_client }) };
}
