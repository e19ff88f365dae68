// XiVO xuc, "Agent API": the state events.
import type { QueueEvent } from '../../event.ts';
import type { Dialect } from './dialect.ts';
import { stated, wholeSeconds, writeId } from './json-fields.ts';

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

/** What is known beside the event; `now` in epoch milliseconds. */
export type XucKnown = {
  readonly now: number;
  /** the last extension of the agent */
  readonly extension?: string | undefined;
  /** the last team status of the agent, with the cause of a pause */
  readonly team?: { readonly status: string; readonly cause: string | undefined } | undefined;
};

/** After missed and leaving an agent is in its team status again; where nobody knows that, nothing is sent. */
export const xuc: Dialect<XucEvent, XucKnown> = {
  joined: null,
  offering: (event, known) => notifyState(event, known, 'AgentRinging'),
  active: (event, known) => notifyState(event, known, 'AgentDialing'),
  // Webitel's other name of active.
  answered: (event, known) => notifyState(event, known, 'AgentDialing'),
  bridged: (event, known) =>
    notifyState(event, known, 'AgentOnCall', { acd: true, direction: translateDirection(event) }),
  missed: (event, known) => notifyTeamState(event, known, known.team),
  processing: (event, known) => notifyState(event, known, 'AgentOnWrapup'),
  leaving: (event, known) => notifyTeamState(event, known, known.team),
  agent_status: (event, known) =>
    notifyTeamState(event, known, { status: event.status, cause: event.status_payload }),
};

type Further = { readonly [K in 'cause' | 'acd' | 'direction']?: AgentState[K] | undefined };

function notifyState(event: QueueEvent, known: XucKnown, name: string, further: Further = {}): XucEvent[] {
  if (event.agent_id === undefined) return [];
  const state = {
    name,
    agentId: writeId(event.agent_id),
    since: wholeSeconds(findBegin(event) ?? known.now, known.now),
    ...stated({ phoneNb: findPhone(event) ?? known.extension, ...further }),
  };
  return [framed('AgentStateEvent', state)];
}

/** The team hook has no timestamp: its state begins when the door took it. */
const findBegin = ({ event, timestamp, received_at }: QueueEvent) =>
  timestamp ?? (event === 'agent_status' ? received_at : undefined);

/** The team hook's extension is `extension`. */
const findPhone = (event: QueueEvent) =>
  (event.event === 'agent_status' ? event.extension : undefined) ?? event.agent_extension;

/** The state of a team status; a pause may have a cause. */
function notifyTeamState(event: QueueEvent, known: XucKnown, team: XucKnown['team']): XucEvent[] {
  const name = states.get(team?.status ?? '');
  if (name === undefined) return [];
  return notifyState(event, known, name, { cause: name === 'AgentOnPause' ? team?.cause : undefined });
}

const states: ReadonlyMap<string, string> = new Map([
  ['online', 'AgentReady'],
  ['offline', 'AgentLoggedOut'],
  ['pause', 'AgentOnPause'],
  ['break_out', 'AgentOnPause'],
]);

const translateDirection = ({ direction }: QueueEvent) =>
  direction === undefined ? undefined : direction === 'inbound' ? 'Incoming' : 'Outgoing';
