// The systems that send calls, and how each posts a hook: Webitel its fields, the two others CloudEvents.
import type { Fields } from '../simulation/hook.ts';
import type { Random } from '../simulation/random.ts';
import type { Delivery } from './post.ts';

export const webitel = 'webitel';

/** Their identifiers are their own: the same attempt number in two of them is two calls. */
export const cloudEventSystems = ['/pbx/berlin', '/pbx/paris'] as const;

export const systems = [webitel, ...cloudEventSystems] as const;

export type System = (typeof systems)[number];

export type Hook = {
  readonly system: System;
  /** of the CloudEvent; what has the same one is the same event */
  readonly id: string;
  readonly fields: Fields;
};

/** Answers the name of a system in an event; Webitel's events have none. */
export const nameSource = (system: System): string | undefined =>
  system === webitel ? undefined : `cloudevents:${system}`;

export const writeHook = (random: Random, { system, id, fields }: Hook): Delivery =>
  system === webitel
    ? { path: '/hooks/webitel', headers: {}, body: JSON.stringify(fields) }
    : writeCloudEvent({ source: system, id, fields }, random.chance(0.5) ? 'structured' : 'binary');

type CloudEvent = { readonly source: string; readonly id: string; readonly fields: Fields };

function writeCloudEvent({ source, id, fields }: CloudEvent, mode: 'structured' | 'binary'): Delivery {
  const { state, timestamp, ...data } = fields;
  const attributes = {
    ...{ specversion: '1.0', id, source, type: `hookline.queue.${nameEvent(fields)}.v1` },
    ...(timestamp !== undefined && { time: new Date(Number(timestamp)).toISOString() }),
  };
  const path = '/hooks/cloudevents';
  if (mode === 'structured') {
    const headers = { 'content-type': 'application/cloudevents+json' };
    return { path, headers, body: JSON.stringify({ ...attributes, data }) };
  }
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]);
  const headers = { 'content-type': 'application/json', ...Object.fromEntries(named) };
  return { path, headers, body: JSON.stringify(data) };
}

/** A hook of an agent has no state, and neither has that of a member who expired. */
function nameEvent({ state, status }: Fields): string {
  if (state === 'idle') return 'joined';
  return state ?? (status === undefined ? 'leaving' : 'agent_status');
}
