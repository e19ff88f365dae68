// AsyncAPI of what is published: channels, lists and the live stream in Redis, and the sockets of the live gateway.
import * as z from 'zod/mini';
import { type EventName, eventNames, eventSchemas } from '../../lib/event.ts';
import { callKeys, statusKeys } from '../../lib/publish/dialects/enigma-messages.ts';
import { reportIncomplete } from '../../lib/publish/incomplete.ts';
import {
  axialysCommands,
  axialysMessages,
  newfiesMessages,
  xucCommands,
  xucMessages,
} from './dialect-messages.ts';
import { defineEvents } from './events.ts';
import { type Golden, pickExamples, readGolden } from './golden.ts';
import { convert, relocate, type Schema } from './json-schema.ts';
import { cdrPayload, incompletePayload } from './messages.ts';

/** @param version of the project */
export function describeMessages(version: string): Schema {
  const messages = listMessages(readGolden());
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'What Hookline publishes',
      version,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      description: DESCRIPTION,
    },
    defaultContentType: 'application/json',
    servers,
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, { messages: own, server, ...channel }]) => [
        name,
        {
          ...channel,
          servers: [{ $ref: `#/servers/${server}` }],
          messages: Object.fromEntries(own.map((each) => [each, { $ref: `#/components/messages/${each}` }])),
        },
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(channels).flatMap(([name, channel]) => listOperations(name, channel)),
    ),
    components: { messages, schemas: listSchemas(), securitySchemes },
  };
}

const DESCRIPTION = [
  'Hookline sends all messages but those of the operations whose action is receive, which are of clients of the live gateway.',
  'Identifiers are strings, exact to 64 bits, in what is published in Redis; times are epoch milliseconds and durations are seconds, unless a vendor has it otherwise.',
  'What is unknown is left out, but for the keys of Enigma, which are null.',
  'New names may come in events and CDRs: take what you know.',
].join(' ');

const servers = {
  redis: {
    host: '{redis}',
    protocol: 'redis',
    description:
      'The REDIS_URL of the tenant. docs/worker.md has the least rights of a worker and of a listener.',
    variables: { redis: { default: '127.0.0.1:8001', description: 'Locally that of npm start' } },
  },
  gateway: {
    host: '{gateway}',
    protocol: 'ws',
    description: 'The live gateway, by WebSocket. docs/live.md has the login before.',
    variables: { gateway: { default: '127.0.0.1:3001', description: 'Locally that of npm start' } },
  },
  socketio: {
    host: '{gateway}',
    protocol: 'socket.io',
    description: 'The live gateway, by Socket.IO 2.x or 4.x. docs/live.md has the login before.',
    variables: { gateway: { default: '127.0.0.1:3001', description: 'Locally that of npm start' } },
  },
};

const securitySchemes = {
  redis: { type: 'userPassword', description: 'A user of the ACL, or the password of the default one' },
  gateway: { type: 'httpApiKey', in: 'query', name: 'token', description: 'Of POST /xuc/api/2.0/auth/login' },
  socketio: { type: 'userPassword', description: 'Of POST /ws/, which answers the arguments of init' },
};

type Channel = {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly server: keyof typeof servers;
  readonly messages: readonly string[];
  readonly parameters?: Schema;
  readonly bindings?: Schema;
};

const base = { default: 'enigma:notifications', description: 'ENIGMA_BASE' };

const channels: Readonly<Record<string, Channel>> = {
  queue: {
    address: '{base}:queues:{queueId}',
    title: 'The events of a queue',
    description: 'A PubSub channel: SUBSCRIBE, or PSUBSCRIBE <base>:queues:*. What nobody hears is gone.',
    server: 'redis',
    messages: [...eventNames, 'incomplete'],
    parameters: { base, queueId: { description: 'The queue_id' } },
  },
  noQueue: {
    address: '{base}:queues',
    title: 'Events without a queue, those of the team hook among them',
    description: 'A PubSub channel.',
    server: 'redis',
    messages: [...eventNames, 'incomplete'],
    parameters: { base },
  },
  agent: {
    address: '{base}:{agents}:{extension}',
    title: "Enigma: an agent's calls and status",
    description: 'A PubSub channel for each spelling of AGENT_TYPES. Not used for an event that is late.',
    server: 'redis',
    messages: ['call', 'status'],
    parameters: {
      base,
      agents: { enum: ['agents', 'agent'], default: 'agents', description: 'One of AGENT_TYPES' },
      extension: { description: 'Of the agent' },
    },
  },
  cdrs: {
    address: '{list}',
    title: 'Enigma: a CDR list',
    description:
      'A list, not a channel: LPUSH puts an entry in, BRPOP or BLMOVE … RIGHT LEFT takes the oldest. Each of CDR_LISTS has each CDR exactly once. docs/worker.md has a protocol that loses none.',
    server: 'redis',
    messages: ['cdr'],
    parameters: {
      list: { default: 'enigma:notifications:campaigns', description: 'The full key of one of CDR_LISTS' },
    },
  },
  incompleteCdrs: {
    address: '{list}',
    title: 'A list of records of calls that never left',
    description: 'A list, as those of CDRs are; each of INCOMPLETE_LISTS has each record once.',
    server: 'redis',
    messages: ['incompleteCdr'],
    parameters: {
      list: {
        examples: ['enigma:notifications:incomplete'],
        description: 'The full key of one of INCOMPLETE_LISTS',
      },
    },
  },
  live: {
    address: '{stream}',
    title: 'The live stream',
    description:
      'A stream, where LIVE is on: XREAD or XRANGE. It keeps the last LIVE_MAX events, each once; an entry has one field.',
    server: 'redis',
    messages: ['liveEntry'],
    parameters: {
      stream: {
        default: '{enigma:notifications:campaigns}:live',
        description: 'The key or the tag of the first of CDR_LISTS in braces, and :live',
      },
    },
  },
  newfies: {
    address: '{channel}',
    title: 'Newfies-Dialer: call-centre events',
    description: 'A PubSub channel, where DIALECTS has newfies.',
    server: 'redis',
    messages: Object.keys(newfiesMessages),
    parameters: { channel: { default: 'callcenter_events', description: 'NEWFIES_CHANNEL' } },
  },
  xuc: {
    address: '/xuc/api/2.0/cti',
    title: 'XiVO xuc: the Agent API',
    description:
      'A WebSocket. LoggedOn and RightProfile come first; with a bad token LoggedOnError, and the end.',
    server: 'gateway',
    messages: [...Object.keys(xucMessages), ...Object.keys(xucCommands)],
    bindings: {
      ws: {
        method: 'GET',
        query: {
          type: 'object',
          required: ['token'],
          properties: { token: { type: 'string', description: 'Of POST /xuc/api/2.0/auth/login' } },
        },
        bindingVersion: '0.1.0',
      },
    },
  },
  axialys: {
    address: '/socket.io/',
    title: 'Axialys: notifications of Voice Management',
    description:
      'Socket.IO. A message is the event of its name; the payload of init is the list of its arguments: supervisor, and the target and the id_session of the login.',
    server: 'socketio',
    messages: [...Object.keys(axialysMessages), ...Object.keys(axialysCommands)],
  },
};

const commands = new Set([...Object.keys(xucCommands), ...Object.keys(axialysCommands)]);

function listOperations(channel: string, { messages, server }: Channel): [string, Schema][] {
  const pascal = channel.replace(/^./, (letter) => letter.toUpperCase());
  const operate = (action: 'send' | 'receive', own: readonly string[]) => ({
    action,
    channel: { $ref: `#/channels/${channel}` },
    security: [{ $ref: `#/components/securitySchemes/${server}` }],
    messages: own.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  });
  const received = messages.filter((name) => commands.has(name));
  const sent = messages.filter((name) => !commands.has(name));
  return [
    [`send${pascal}`, operate('send', sent)],
    ...(received.length === 0
      ? []
      : [[`receive${pascal}`, operate('receive', received)] satisfies [string, Schema]]),
  ];
}

const refer = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const nameEvent = (name: string) =>
  `${name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`;

/** A message of Enigma's grammar. */
const typed = (type: string, payload: Schema): Schema => ({
  type: 'object',
  required: ['type', 'payload'],
  properties: { type: { const: type }, payload },
});

const titles: Readonly<Record<string, string>> = {
  call: 'A call was connected to the agent',
  status: 'The status of the agent',
  cdr: 'A call data record',
  incomplete: 'Nothing came of a call for CALL_DEADLINE: what is known of it',
  incompleteCdr: 'The same as a record',
  liveEntry: 'An event in the live stream',
  update: 'What has happened: on a queue, to an operator, or by an operator',
};

/** Every message with its schema and its examples. */
function listMessages(golden: readonly Golden[]): Schema {
  const ofVendor = {
    ...newfiesMessages,
    ...xucMessages,
    ...xucCommands,
    ...axialysMessages,
    ...axialysCommands,
  };
  const payloads: [string, Schema][] = [
    ...eventNames.map((event): [string, Schema] => [event, typed(event, describeEvent(event))]),
    ['call', typed('call', refer('Call'))],
    ['status', typed('status', refer('Status'))],
    ['cdr', typed('cdr', refer('Cdr'))],
    ['incomplete', typed('incomplete', refer('IncompleteCdr'))],
    ['incompleteCdr', typed('cdr', refer('IncompleteCdr'))],
    ['liveEntry', LIVE_ENTRY],
    ...Object.keys(ofVendor).map((name): [string, Schema] => [name, refer(`${name}Message`)]),
  ];
  return Object.fromEntries(
    payloads.map(([name, payload]) => [
      name,
      { name, title: titles[name] ?? name, payload, examples: listExamples(golden, name) },
    ]),
  );
}

const describeEvent = (event: EventName): Schema => ({
  allOf: [
    refer(nameEvent(event)),
    refer('Derived'),
    { type: 'object', required: ['event'], properties: { event: { const: event } } },
  ],
});

const LIVE_ENTRY: Schema = {
  type: 'object',
  required: ['event'],
  properties: {
    event: {
      type: 'string',
      contentMediaType: 'application/json',
      description: 'The JSON text of the message that is published of the event',
    },
  },
};

/** What no golden file has: messages that follow from a state, and what clients send. */
const further: Readonly<Record<string, readonly unknown[]>> = {
  AgentStatistics: [
    {
      msgType: 'AgentStatistics',
      ctiMessage: {
        id: 101,
        statistics: [
          { name: 'AgentPausedTotalTime', value: 60 },
          { name: 'AgentWrapupTotalTime', value: 12 },
          { name: 'AgentReadyTotalTime', value: 3540 },
          { name: 'LoginDateTime', value: '2026-07-01T08:00:00.000Z' },
        ],
      },
    },
  ],
  QueueStatistics: [
    {
      msgType: 'QueueStatistics',
      ctiMessage: {
        queueId: 42,
        counters: [
          { statName: 'TotalNumberCallsEntered', value: 9 },
          { statName: 'TotalNumberCallsAnswered', value: 7 },
          { statName: 'TotalNumberCallsAbandonned', value: 1 },
          { statName: 'WaitingCalls', value: 1 },
          { statName: 'LongestWaitTime', value: 15 },
        ],
      },
    },
  ],
  AgentList: [
    {
      msgType: 'AgentList',
      ctiMessage: [{ firstName: 'Olena', lastName: 'Koval', id: 101, number: '1002', groupId: 1 }],
    },
  ],
  AgentGroupList: [{ msgType: 'AgentGroupList', ctiMessage: [{ id: 1, name: 'sales' }] }],
  QueueList: [{ msgType: 'QueueList', ctiMessage: [{ id: 42, name: 'sales' }] }],
  QueueMemberList: [{ msgType: 'QueueMemberList', ctiMessage: [] }],
  AgentDirectory: [
    {
      msgType: 'AgentDirectory',
      ctiMessage: {
        directory: [
          {
            agent: { firstName: 'Olena', lastName: 'Koval', id: 101, number: '1002' },
            agentState: { name: 'AgentReady', agentId: 101, since: 39, phoneNb: '1002' },
          },
        ],
      },
    },
  ],
  AgentError: [{ msgType: 'AgentError', ctiMessage: { Error: 'NotSupported' } }],
  LoggedOn: [{ msgType: 'LoggedOn', ctiMessage: {} }],
  LoggedOnError: [{ msgType: 'LoggedOnError', ctiMessage: {} }],
  RightProfile: [{ msgType: 'RightProfile', ctiMessage: { profile: 'Supervisor', rights: [] } }],
  Pong: [{ claz: 'ping' }],
  Ping: [{ claz: 'ping' }],
  Command: [
    { claz: 'web', command: 'subscribeToAgentStats' },
    { claz: 'web', command: 'getList', objectType: 'queue' },
  ],
  init: [['supervisor', 'alice', 'eyJzIjoiYWxpY2UifQ.c2lnbmF0dXJl']],
};

function listExamples(golden: readonly Golden[], name: string): readonly Schema[] {
  if (name === 'liveEntry')
    return pickExamples(golden, 'bridged').map(({ file, payload }) => ({
      name: file,
      payload: { event: JSON.stringify(payload) },
    }));
  if (name === 'incomplete' || name === 'incompleteCdr') return [writeIncomplete(golden, name)];
  const own = pickExamples(golden, name).map(({ file, payload }) => ({ name: file, payload }));
  return own.length > 0 ? own : (further[name] ?? []).map((payload) => ({ payload }));
}

/** What is published of the call whose newest hook is the golden bridged. */
function writeIncomplete(golden: readonly Golden[], name: 'incomplete' | 'incompleteCdr'): Schema {
  const [{ file, payload: newest } = { file: '', payload: '' }] = pickExamples(golden, 'bridged');
  const call = { name: '["default","918273"]', record: [JSON.stringify(newest)] };
  const places = { base: '', lists: [], cdrList: '' };
  const [message] = reportIncomplete(call, places, 0).notifications;
  const { type, payload } = JSON.parse(message?.message ?? '');
  return { name: file, payload: { type: name === 'incomplete' ? type : 'cdr', payload } };
}

function listSchemas(): Schema {
  const events = defineEvents(eventSchemas(), (schema) => convert(schema, 'output'));
  const place = (name: string) => `#/components/schemas/${nameEvent(name)}`;
  const ofVendor = {
    ...newfiesMessages,
    ...xucMessages,
    ...xucCommands,
    ...axialysMessages,
    ...axialysCommands,
  };
  return {
    ...Object.fromEntries(
      Object.entries(events).map(([name, schema]) => [nameEvent(name), relocate(schema, place)]),
    ),
    Derived: {
      type: 'object',
      properties: {
        ref: { type: 'string', description: 'The queue_id' },
        end_code: {
          type: 'integer',
          minimum: 1,
          maximum: 127,
          description: 'The Q.850 number of call_cause',
        },
        late: { const: true, description: 'It waited longer than NOTIFY_TTL: nobody may take it for live' },
      },
    },
    Call: convert(z.looseObject(callKeys), 'output'),
    Status: convert(z.looseObject(statusKeys), 'output'),
    Cdr: cdrPayload(),
    IncompleteCdr: incompletePayload(),
    ...Object.fromEntries(
      Object.entries(ofVendor).map(([name, schema]) => [`${name}Message`, convert(schema, 'output')]),
    ),
  };
}
