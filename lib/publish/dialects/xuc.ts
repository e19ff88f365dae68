// XiVO xuc, "Agent API": the state events.
import type { QueueEvent } from '../../event.ts';
import type { Dialect } from './dialect.ts';
import { idOf, stated, wholeSeconds } from './json-fields.ts';

/** A message on the WebSocket. */
export type Framed<Type extends string, Message> = { readonly msgType: Type; readonly ctiMessage: Message };

/** Every message is framed alike on the wire; the page shows some bare. */
export const framed = <Type extends string, Message>(
  msgType: Type,
  ctiMessage: Message,
): Framed<Type, Message> => ({ msgType, ctiMessage });

/** The page's fields that a hook can fill. */
export type AgentState = {
  readonly name: string;
  readonly agentId: number | string;
  readonly phoneNb?: string;
  /** seconds */
  readonly since: number;
  readonly cause?: string;
  readonly acd?: true;
  readonly direction?: 'Incoming' | 'Outgoing';
};

export type XucEvent = Framed<'AgentStateEvent', AgentState>;

/** `now`: epoch milliseconds. */
export type XucKnown = { readonly now: number };

/** What becomes of an agent after a call, the next hook says: joined, missed and leaving would be guesses. */
export const xuc: Dialect<XucEvent, XucKnown> = {
  joined: null,
  offering: (event, known) => stateOf(event, known, 'AgentRinging'),
  active: (event, known) => stateOf(event, known, 'AgentDialing'),
  // Webitel's other name of active.
  answered: (event, known) => stateOf(event, known, 'AgentDialing'),
  bridged: (event, known) =>
    stateOf(event, known, 'AgentOnCall', { acd: true, direction: directionOf(event) }),
  missed: null,
  processing: (event, known) => stateOf(event, known, 'AgentOnWrapup'),
  leaving: null,
  agent_status: (event, known) => teamStateOf(event, known),
};

type Further = { readonly [K in 'phoneNb' | 'cause' | 'acd' | 'direction']?: AgentState[K] | undefined };

function stateOf(event: QueueEvent, { now }: XucKnown, name: string, further: Further = {}): XucEvent[] {
  if (event.agent_id === undefined) return [];
  const state = {
    name,
    agentId: idOf(event.agent_id),
    since: event.timestamp === undefined ? 0 : wholeSeconds(event.timestamp, now),
    ...stated({ phoneNb: event.agent_extension, ...further }),
  };
  return [framed('AgentStateEvent', state)];
}

/** The team hook's extension is `extension`; a pause may have a cause. */
function teamStateOf(event: Extract<QueueEvent, { event: 'agent_status' }>, known: XucKnown): XucEvent[] {
  const name = states.get(event.status);
  if (name === undefined) return [];
  const phoneNb = event.extension;
  const cause = name === 'AgentOnPause' ? event.status_payload : undefined;
  return stateOf(event, known, name, { phoneNb, cause });
}

const states: ReadonlyMap<string, string> = new Map([
  ['online', 'AgentReady'],
  ['offline', 'AgentLoggedOut'],
  ['pause', 'AgentOnPause'],
  ['break_out', 'AgentOnPause'],
]);

const directionOf = ({ direction }: QueueEvent) =>
  direction === undefined ? undefined : direction === 'inbound' ? 'Incoming' : 'Outgoing';
