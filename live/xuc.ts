// XiVO xuc, "Agent API": a login over HTTP, then framed messages over a WebSocket.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { speak } from '../lib/dialects/dialect.ts';
import { framed, type XucEvent, xuc } from '../lib/dialects/xuc.ts';
import { idOf } from '../lib/json-fields.ts';
import type { Account, Sight } from './accounts.ts';
import { changes } from './changes.ts';
import { isObject, LARGEST, originCheck, parsed, Refused } from './http.ts';
import { agentGroupList, agentList, agentOf, agentsSeen, queueList } from './lists.ts';
import type { Agent } from './standing.ts';
import { agentStatistics, queueStatistics } from './statistics.ts';
import { LAST_WORDS, logDropped, type Tell, UNSENT_BYTES, type World } from './world.ts';

/** A working day and some more: the page has no figure, and a client connects again with the token that it has. */
const TOKEN = 12 * 3_600_000;
/** Statistics that change with each event are told so often at most, ms. */
const STATISTICS_EVERY = 500;
/** Statistics that change with time alone are told so many times as seldom: every 10 s. */
const PARTS = 20;
/** Who answers no ping of ours for so many ms is gone. */
const ALIVE_WITHIN = 30_000;

type Client = { readonly socket: WebSocket; readonly sight: Sight; agentStats: boolean; alive: boolean };

export type XucServer = {
  /** Answers to `POST /xuc/api/2.0/auth/login`. Throws Refused. */
  readonly login: (credentials: Readonly<Record<string, unknown>>) => object;
  /** Answers to `GET /xuc/api/2.0/auth/check`, with a new token. Throws Refused. */
  readonly check: (request: IncomingMessage) => object;
  /** Takes a connection to `/xuc/api/2.0/cti?token=…`. Throws Refused. */
  readonly connect: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly tell: Tell;
  /** Tells every client that the gateway goes away. */
  readonly stop: () => void;
};

export function xucOf({ accounts, sessions, standing, origins, now }: World): XucServer {
  const mayCome = originCheck(origins);
  const upgrade = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  const clients = new Set<Client>();

  const agentChanges = changes(
    () => standing.agents.keys(),
    PARTS,
    (id) => statisticsText(standing.agents.get(id)),
    (id, text) => {
      for (const client of clients) if (client.agentStats && client.sight.agent(id)) send(client, text);
    },
  );
  const queueChanges = changes(
    () => standing.queues.keys(),
    PARTS,
    queueText,
    (id, text) => {
      for (const client of clients) if (client.sight.queue(id)) send(client, text);
    },
  );
  const flush = () => {
    if (clients.size > 0) {
      agentChanges.markPart();
      queueChanges.markPart();
    }
    agentChanges.flush();
    queueChanges.flush();
  };
  const timers = [setInterval(flush, STATISTICS_EVERY), setInterval(pingAll, ALIVE_WITHIN)];

  function statisticsText(agent: Agent | undefined): string | undefined {
    if (agent === undefined) return undefined;
    const statistics = agentStatistics(agent, now());
    return JSON.stringify(framed('AgentStatistics', { id: idOf(agent.id), statistics }));
  }

  function queueText(id: string): string | undefined {
    const queue = standing.queues.get(id);
    if (queue === undefined) return undefined;
    const counters = queueStatistics(queue, now());
    return JSON.stringify(framed('QueueStatistics', { queueId: idOf(id), counters }));
  }

  function markAll(): void {
    if (clients.size === 0) return;
    agentChanges.markAll();
    queueChanges.markAll();
  }

  function pingAll(): void {
    for (const client of clients) {
      if (!client.alive) client.socket.terminate();
      else client.socket.ping();
      client.alive = false;
    }
  }

  function send(client: Client, text: string): void {
    const { socket } = client;
    if (!clients.has(client)) return;
    socket.send(text);
    if (socket.bufferedAmount <= UNSENT_BYTES) return;
    clients.delete(client);
    logDropped('xuc', clients.size);
    socket.close(1013, 'too slow');
    const cut = setTimeout(() => socket.terminate(), LAST_WORDS);
    socket.once('close', () => clearTimeout(cut));
  }

  const say = (client: Client, msgType: string, ctiMessage: unknown) =>
    send(client, JSON.stringify(framed(msgType, ctiMessage)));

  const stateOf = (agent: Agent): XucEvent[] =>
    agent.stated === undefined ? [] : [...speak(xuc, agent.stated, { now: now() })];

  /** What each command answers; whatever else a client asks for, nobody here knows, and nothing is answered. */
  const commands: Readonly<Record<string, (client: Client, objectType: unknown) => void>> = {
    getList: (client, objectType) => {
      const { sight } = client;
      if (objectType === 'agent') say(client, 'AgentList', agentList(standing, sight));
      if (objectType === 'agentgroup') say(client, 'AgentGroupList', agentGroupList(sight));
      if (objectType === 'queue') say(client, 'QueueList', queueList(standing, sight));
      // Which agent serves which queue, no hook tells.
      if (objectType === 'queuemember') say(client, 'QueueMemberList', []);
    },
    getAgentStates: (client) => {
      for (const agent of agentsSeen(standing, client.sight))
        for (const state of stateOf(agent)) send(client, JSON.stringify(state));
    },
    getAgentDirectory: (client) => {
      const directory = agentsSeen(standing, client.sight).flatMap((agent) =>
        stateOf(agent).map(({ ctiMessage }) => ({
          agent: agentOf(agent, client.sight),
          agentState: ctiMessage,
        })),
      );
      say(client, 'AgentDirectory', { directory });
    },
    subscribeToAgentStats: (client) => {
      client.agentStats = true;
      for (const agent of agentsSeen(standing, client.sight)) send(client, statisticsText(agent) ?? '');
    },
    subscribeToQueueStats: (client) => {
      for (const id of standing.queues.keys()) if (client.sight.queue(id)) send(client, queueText(id) ?? '');
    },
  };

  function hear(client: Client, text: string): void {
    const message = parsed(text);
    if (!isObject(message)) return;
    const { claz, command, objectType } = message;
    if (claz === 'ping') send(client, '{"claz":"ping"}');
    if (claz === 'web' && typeof command === 'string' && Object.hasOwn(commands, command))
      commands[command]?.(client, objectType);
  }

  function welcome(socket: WebSocket, account: Account): void {
    const client: Client = { socket, sight: account.sight, agentStats: false, alive: true };
    clients.add(client);
    socket.on('close', () => clients.delete(client));
    socket.on('pong', () => {
      client.alive = true;
    });
    socket.on('message', (data, isBinary) => {
      client.alive = true;
      if (!isBinary) hear(client, data.toString());
    });
    say(client, 'LoggedOn', {});
    say(client, 'RightProfile', { profile: account.sight.profile, rights: [] });
  }

  const granted = (account: Account) => ({
    login: account.login,
    token: sessions.issue('xuc', account, now() + TOKEN),
  });

  return {
    login: ({ login, password }) => {
      if (typeof login !== 'string' || typeof password !== 'string')
        throw new Refused(400, 'Send login and password');
      const account = accounts.check(login, password);
      if (account === undefined) throw new Refused(401, 'The login or its password is wrong');
      return granted(account);
    },
    check: ({ headers: { authorization = '' } }) => {
      const token = /^bearer (.*)$/i.exec(authorization)?.[1];
      const account = sessions.open('xuc', token, now());
      // A client forgets its token when it is told so in this word.
      if (account === 'expired')
        throw new Refused(401, 'The token has expired: log in again', { error: 'TokenExpired' });
      if (account === undefined) throw new Refused(401, 'Send Authorization: Bearer <token> of a login');
      return granted(account);
    },
    connect: (request, socket, head) => {
      if (!mayCome(request.headers.origin)) throw new Refused(403, 'The origin is not among those allowed');
      const token = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('token');
      const account = sessions.open('xuc', token, now());
      upgrade.handleUpgrade(request, socket, head, (webSocket) => {
        // What is no WebSocket closes itself.
        webSocket.on('error', () => undefined);
        if (account !== undefined && account !== 'expired') return welcome(webSocket, account);
        webSocket.send(JSON.stringify(framed('LoggedOnError', {})));
        webSocket.close(1008, 'no valid token');
      });
    },
    tell: (event, { agent, queue, news, newDay }, at) => {
      if (newDay) markAll();
      if (agent !== undefined) agentChanges.mark(agent);
      if (queue !== undefined) queueChanges.mark(queue);
      if (!news || clients.size === 0) return;
      const texts = speak(xuc, event, { now: at }).map((state) => JSON.stringify(state));
      for (const client of clients) {
        if (!client.sight.agent(event.agent_id)) continue;
        for (const text of texts) send(client, text);
      }
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      for (const { socket } of clients) socket.close(1001, 'the gateway goes away');
    },
  };
}
