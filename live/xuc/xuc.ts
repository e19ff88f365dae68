// XiVO xuc, "Agent API": a login over HTTP, then framed messages over a WebSocket.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { framed, xuc } from '../../lib/publish/dialects/xuc.ts';
import { type Account, readLogin } from '../access/accounts.ts';
import { LARGEST, originCheck, Refused } from '../access/http.ts';
import type { Context, Notify } from '../context.ts';
import { listStates } from '../state/reducer.ts';
import { startClients } from './clients.ts';
import { listener } from './commands.ts';
import { statisticsFeed } from './statistics.ts';

/** A working day and some more: the page has no figure, and a client connects again with the token that it has. */
const TOKEN = 12 * 3_600_000;

export type XucServer = {
  /** Answers to `POST /xuc/api/2.0/auth/login`. Throws Refused. */
  readonly login: (credentials: Readonly<Record<string, unknown>>) => object;
  /** Answers to `GET /xuc/api/2.0/auth/check`, with a new token. Throws Refused. */
  readonly check: (request: IncomingMessage) => object;
  /** Takes a connection to `/xuc/api/2.0/cti?token=…`. Throws Refused. */
  readonly connect: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly notify: Notify;
  /** Tells every client that the gateway goes away. */
  readonly stop: () => void;
};

export function startXuc(context: Context): XucServer {
  const { accounts, snapshot, now } = context;
  const clients = startClients();
  const feed = statisticsFeed(context, clients.all);
  const hear = listener(context, feed);
  const welcome = (socket: WebSocket, { permissions }: Account) => {
    const client = clients.add(socket, permissions);
    socket.on('message', (data, isBinary) => {
      // One that was dropped may have sent much that nobody answers any more.
      if (!isBinary && clients.all.has(client)) hear(client, data.toString());
    });
    client.say('LoggedOn', {});
    client.say('RightProfile', { profile: permissions.profile, rights: [] });
  };
  return {
    login: (credentials) => granted(context, readLogin(accounts, credentials)),
    check: (request) => granted(context, readBearer(context, request)),
    connect: createConnector(context, welcome),
    notify: (event, changed) => {
      feed.mark(changed);
      if (clients.all.size === 0) return;
      const said = listStates(snapshot, event, changed);
      const texts = said
        .flatMap((state) => speak(xuc, state, { now: now() }))
        .map((state) => JSON.stringify(state));
      for (const { permissions, send } of clients.all) {
        if (!permissions.agent(event.agent_id)) continue;
        for (const text of texts) send(text);
      }
    },
    stop: () => {
      feed.stop();
      clients.stop();
    },
  };
}

const granted = ({ sessions, now }: Context, account: Account) => ({
  login: account.login,
  token: sessions.issue('xuc', account, now() + TOKEN),
});

/** Whose token a request has. Throws Refused. */
function readBearer(
  { sessions, now }: Context,
  { headers: { authorization = '' } }: IncomingMessage,
): Account {
  const token = /^bearer (.*)$/i.exec(authorization)?.[1];
  const account = sessions.open('xuc', token, now());
  // A client forgets its token when it is told so in this word.
  if (account === 'expired')
    throw new Refused(401, 'The token has expired: log in again', { error: 'TokenExpired' });
  if (account === undefined) throw new Refused(401, 'Send Authorization: Bearer <token> of a login');
  return account;
}

function createConnector(
  { sessions, origins, now }: Context,
  welcome: (socket: WebSocket, account: Account) => void,
): XucServer['connect'] {
  const mayCome = originCheck(origins);
  const upgrade = new WebSocketServer({ noServer: true, maxPayload: LARGEST, perMessageDeflate: false });
  return (request, socket, head) => {
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
  };
}
