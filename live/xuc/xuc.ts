// XiVO xuc, "Agent API": a login over HTTP, then framed messages over a WebSocket.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { QueueEvent } from '../../lib/event.ts';
import { framed } from '../../lib/publish/dialects/xuc.ts';
import { type Account, readLogin } from '../access/accounts.ts';
import { createOriginCheck, LARGEST, Refused, readBody } from '../access/http.ts';
import { closeSocket } from '../access/slow-clients.ts';
import type { Context, Notify } from '../context.ts';
import { listStates, type Snapshot } from '../state/reducer.ts';
import { type Client, startClients } from './clients.ts';
import { createMessageHandler } from './commands.ts';
import { describeState } from './states.ts';
import { feedStatistics } from './statistics.ts';

/** A working day and some more: the page has no figure, and a client connects again with the token that it has. */
const TOKEN = 12 * 3_600_000;

export type XucServer = {
  /** Answers to `POST /xuc/api/2.0/auth/login`. Throws Refused. */
  readonly login: (request: IncomingMessage) => Promise<object>;
  /** Answers to `GET /xuc/api/2.0/auth/check`, with a new token. Throws Refused. */
  readonly check: (request: IncomingMessage) => object;
  /** Takes a connection to `/xuc/api/2.0/cti?token=…`. Throws Refused. */
  readonly connect: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly notify: Notify;
  readonly countClients: () => number;
  /** Closes every connection. */
  readonly stop: () => void;
};

export function startXuc(context: Context): XucServer {
  const { snapshot, now } = context;
  const clients = startClients((client, text) => handleMessage(client, text));
  const feed = feedStatistics(context, clients.all);
  const handleMessage = createMessageHandler(context, feed);
  return {
    login: (request) => login(context, request),
    check: (request) => grantToken(context, readBearer(context, request)),
    connect: createConnector(context, clients.add),
    notify: (event, changed) => {
      feed.note(changed);
      if (clients.all.size === 0) return;
      const at = now();
      for (const state of listStates(snapshot, event, changed)) sendState(clients.all, snapshot, state, at);
    },
    countClients: () => clients.all.size,
    stop: () => {
      feed.stop();
      clients.stop();
    },
  };
}

/** Sends a state of an agent to whoever may see that agent. @param now epoch ms */
function sendState(clients: ReadonlySet<Client>, snapshot: Snapshot, state: QueueEvent, now: number): void {
  const write = (seesQueue: boolean) =>
    describeState(snapshot, state, now, seesQueue).map((each) => JSON.stringify(each));
  const [texts, withoutQueue] = [write(true), write(false)];
  for (const { permissions, sendText } of clients) {
    if (!permissions.seesAgent(state.agent_id)) continue;
    for (const text of permissions.seesQueue(state.queue_id) ? texts : withoutQueue) sendText(text);
  }
}

async function login(context: Context, request: IncomingMessage): Promise<object> {
  const { socket, headers } = request;
  const address = context.addresses.read(socket.remoteAddress, headers['x-forwarded-for']);
  return grantToken(context, readLogin(context, await readBody(request), address, context.now()));
}

const grantToken = ({ sessions, now }: Context, account: Account) => ({
  login: account.login,
  token: sessions.issue('xuc', account, now() + TOKEN),
});

/** Whose token a request has. Throws Refused, with the words that XiVO's clients know. */
function readBearer({ sessions, now }: Context, { headers }: IncomingMessage): Account {
  const token = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new Refused(401, 'Send Authorization: Bearer <token> of a login', { error: 'BearerNotFound' });
  const account = sessions.open('xuc', token, now());
  if (account === 'expired')
    throw new Refused(401, 'The token has expired: log in again', { error: 'TokenExpired' });
  if (account === undefined)
    throw new Refused(401, 'The token is not valid: log in again', { error: 'InvalidToken' });
  return account;
}

function createConnector(
  { sessions, origins, now, connections }: Context,
  add: ReturnType<typeof startClients>['add'],
): XucServer['connect'] {
  const mayCome = createOriginCheck(origins);
  const upgrade = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  return (request, stream, head) => {
    if (!mayCome(request)) throw new Refused(403, 'The origin is not among those allowed');
    const token = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('token');
    const account = sessions.open('xuc', token, now());
    upgrade.handleUpgrade(request, stream, head, (socket) => {
      // What is no WebSocket closes itself.
      socket.on('error', () => undefined);
      if (account === undefined || account === 'expired') {
        socket.send(JSON.stringify(framed('LoggedOnError', {})));
        return closeSocket(socket, 'no valid token');
      }
      connections.trust(stream);
      const { permissions, send } = add(socket, stream, account.permissions);
      send('LoggedOn', {});
      send('RightProfile', { profile: permissions.profile, rights: [] });
    });
  };
}
