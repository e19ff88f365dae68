// The messages of the dialects of Newfies-Dialer, XiVO xuc and Axialys, as their clients get them and send them. They are
// the vendors' own, so nothing else may be in them; the types of the dialects agree with them.
import * as z from 'zod/mini';
import type { AxialysEvent, AxialysUpdate } from '../../lib/publish/dialects/axialys.ts';
import type { AgentState, Framed } from '../../lib/publish/dialects/xuc.ts';

const left = <T extends z.ZodMiniType>(schema: T) => z.exactOptional(schema);

const agent = z.string().check(z.regex(/^tenant-.*@/));

const call = z.strictObject({
  callrequest_id: z.string(),
  CC_Agent: agent,
  campaign_id: left(z.string()),
  CC_Member_CID_Name: left(z.string()),
  phonenumber: left(z.string()),
  callerid_number: left(z.string()),
  CC_Member_Session_UUID: left(z.string()),
  CC_Queue: z.string(),
});

/** Newfies-Dialer: the one key of each message ends in a colon. */
export const newfiesMessages = {
  'Offering-Call-Agent': z.strictObject({ 'Offering-Call-Agent:': call }),
  'Connected-Call-Agent': z.strictObject({ 'Connected-Call-Agent:': call }),
  'Agent-Status-Change': z.strictObject({
    'Agent-Status-Change:': z.strictObject({
      CC_Agent: agent,
      CC_Agent_Status: z.enum(['Available', 'Logged Out', 'On Break']),
    }),
  }),
};

/** A number where a double holds it, else its exact text. */
const id = () => z.union([z.int(), z.string()]);

const framed = <Type extends string, Message>(
  msgType: Type,
  ctiMessage: z.ZodMiniType<Message>,
): z.ZodMiniType<Framed<Type, Message>> => z.strictObject({ msgType: z.literal(msgType), ctiMessage });

const agentState: z.ZodMiniType<AgentState> = z.strictObject({
  name: z.enum([
    'AgentRinging',
    'AgentDialing',
    'AgentOnCall',
    'AgentOnWrapup',
    'AgentReady',
    'AgentOnPause',
    'AgentLoggedOut',
  ]),
  agentId: id(),
  phoneNb: left(z.string()),
  since: z.int().check(z.gte(0)),
  cause: left(z.string()),
  acd: left(z.literal(true)),
  direction: left(z.enum(['Incoming', 'Outgoing'])),
});

const listedAgent = z.strictObject({
  firstName: z.nullable(z.string()),
  lastName: z.nullable(z.string()),
  id: id(),
  number: left(z.string()),
  groupId: left(id()),
});

const seconds = ['AgentPausedTotalTime', 'AgentWrapupTotalTime', 'AgentReadyTotalTime'] as const;
const dates = ['LoginDateTime', 'LogoutDateTime'] as const;
const counters = [
  'TotalNumberCallsEntered',
  'TotalNumberCallsAnswered',
  'TotalNumberCallsAbandonned',
  'WaitingCalls',
  'LongestWaitTime',
] as const;
const count = () => z.int().check(z.gte(0));
const nothing = () => z.strictObject({});
const ping = z.strictObject({ claz: z.literal('ping') });

/** XiVO xuc: what a client gets, by its msgType; and the answer to a ping. */
export const xucMessages = {
  AgentStateEvent: framed('AgentStateEvent', agentState),
  AgentStatistics: framed(
    'AgentStatistics',
    z.strictObject({
      id: id(),
      statistics: z.array(
        z.union([
          z.strictObject({ name: z.enum(seconds), value: count() }),
          z.strictObject({ name: z.enum(dates), value: z.iso.datetime() }),
        ]),
      ),
    }),
  ),
  QueueStatistics: framed(
    'QueueStatistics',
    z.strictObject({
      queueId: id(),
      counters: z.array(z.strictObject({ statName: z.enum(counters), value: count() })),
    }),
  ),
  AgentList: framed('AgentList', z.array(listedAgent)),
  AgentGroupList: framed('AgentGroupList', z.array(z.strictObject({ id: id(), name: z.string() }))),
  QueueList: framed('QueueList', z.array(z.strictObject({ id: id(), name: left(z.string()) }))),
  QueueMemberList: framed('QueueMemberList', z.array(z.never())),
  AgentDirectory: framed(
    'AgentDirectory',
    z.strictObject({ directory: z.array(z.strictObject({ agent: listedAgent, agentState })) }),
  ),
  AgentError: framed('AgentError', z.strictObject({ Error: z.literal('NotSupported') })),
  LoggedOn: framed('LoggedOn', nothing()),
  LoggedOnError: framed('LoggedOnError', nothing()),
  RightProfile: framed(
    'RightProfile',
    z.strictObject({ profile: z.enum(['Admin', 'Supervisor']), rights: z.array(z.never()) }),
  ),
  Pong: ping,
};

/** XiVO xuc: what a client sends. Other commands are answered with AgentError, questions that nobody here knows with nothing. */
export const xucCommands = {
  Ping: ping,
  Command: z.looseObject({
    claz: z.literal('web'),
    command: z.string(),
    objectType: left(z.string()),
  }),
};

const axialysEvent: z.ZodMiniType<AxialysEvent> = z.strictObject({
  type_notification: z.enum(['queue', 'operator', 'UI']),
  event: z.enum(['insert_call', 'connect_call', 'delete_call', 'status', 'login', 'logout', 'pause']),
  msg: z.strictObject({
    status: left(z.enum(['connected', 'ringing', 'calling', 'available'])),
    supp: left(z.string()),
    call_duration: left(z.number()),
    caller_id_num: left(z.string()),
    duration_in_queue: left(z.number()),
    id_queue: left(id()),
    id_call: left(id()),
    id_operator: left(id()),
    id_client: left(id()),
  }),
});

const update: z.ZodMiniType<AxialysUpdate> = z.strictObject({
  ts: z.int(),
  elapse: count(),
  cpt: z.int().check(z.gte(1)),
  event: axialysEvent,
});

/** Axialys: the argument of the Socket.IO event `update`. */
export const axialysMessages = { update };

/** Axialys: the arguments of the Socket.IO event `init`: "supervisor", and the target and the id_session of the login. */
export const axialysCommands = {
  init: z.array(id()).check(z.length(3)),
};
