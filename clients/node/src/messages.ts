// The messages as they are published: events, what agents hear, and CDRs.
import type { CdrPayload, IncompleteCdrPayload } from './cdrs.ts';
import { eventNames, type Payloads } from './events.ts';

export type { CdrPayload, IncompleteCdrPayload } from './cdrs.ts';

/** What is derived of an event when it is published. */
type Derived = {
  /** the queue_id */
  readonly ref?: string;
  /** the Q.850 number of call_cause, 1 to 127 */
  readonly end_code?: number;
  /** it waited too long to be taken for live */
  readonly late?: true;
};

export type EventName = keyof Payloads;

/** On `<base>:queues:<queue_id>`, or `<base>:queues` when the event has no queue. */
export type EventMessage = {
  readonly [E in EventName]: {
    readonly type: E;
    readonly payload: Payloads[E] & Derived & { readonly event: E };
  };
}[EventName];

/** On the same channels: nothing came of a call any more, so it is given up, with what is known of it. */
export type IncompleteMessage = { readonly type: 'incomplete'; readonly payload: IncompleteCdrPayload };

/** On `<base>:agents:<extension>`: a call was connected to the agent. */
export type CallMessage = {
  readonly type: 'call';
  readonly payload: {
    readonly call_ref: string;
    readonly agent: string;
    readonly contact_ref: string | number | null;
    readonly number: string | null;
    readonly campaign_ref: string | null;
    readonly ref: string;
  };
};

/** On `<base>:agents:<extension>`: the agent's status. */
export type StatusMessage = {
  readonly type: 'status';
  readonly payload: {
    readonly status: 'available' | 'busy' | 'wrapup' | 'offline';
    readonly campaign_ref: string | null;
    readonly ref: string;
  };
};

export type AgentMessage = CallMessage | StatusMessage;

/** An entry of a CDR list: Enigma's twelve keys, and the fields of the event. What nobody knows is null. */
export type CdrMessage = { readonly type: 'cdr'; readonly payload: CdrPayload };

type Message = { readonly type: string; readonly payload: object };

/** The message that a text is; undefined when it is none. Its payload is taken on trust. */
export function readMessage(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isMessage = (value: unknown): value is Message =>
  isObject(value) &&
  'type' in value &&
  typeof value.type === 'string' &&
  'payload' in value &&
  isObject(value.payload);

export const isEvent = (message: Message): message is EventMessage =>
  eventNames.some((name) => name === message.type);

export const isIncomplete = (message: Message): message is IncompleteMessage => message.type === 'incomplete';

export const isAgentMessage = (message: Message): message is AgentMessage =>
  message.type === 'call' || message.type === 'status';

export const isCdr = (message: Message): message is CdrMessage => message.type === 'cdr';
