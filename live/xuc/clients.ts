// The clients of XiVO xuc that are connected: each is sent to as long as it takes what it is sent.
import type { WebSocket } from 'ws';
import { framed } from '../../lib/publish/dialects/xuc.ts';
import type { Permissions } from '../access/accounts.ts';
import { dropSlow, isSlow, logDrop } from '../access/slow-clients.ts';

/** Who answers no ping of ours for so many ms is gone. */
const ALIVE_WITHIN = 30_000;

export type Client = {
  readonly permissions: Permissions;
  /** did it subscribe to the statistics of agents? */
  agentStats: boolean;
  /** Nothing, once it is gone. */
  readonly send: (text: string) => void;
  readonly say: (msgType: string, ctiMessage: unknown) => void;
};

type Clients = {
  readonly all: ReadonlySet<Client>;
  readonly add: (socket: WebSocket, permissions: Permissions) => Client;
  /** Tells every client that the gateway goes away. */
  readonly stop: () => void;
};

type Connected = Client & { readonly socket: WebSocket; alive: boolean };

export function startClients(): Clients {
  const all = new Set<Connected>();

  function send(client: Connected, text: string): void {
    const { socket } = client;
    if (!all.has(client)) return;
    socket.send(text);
    if (!isSlow(socket)) return;
    all.delete(client);
    logDrop('xuc', all.size);
    dropSlow(socket);
  }

  function add(socket: WebSocket, permissions: Permissions): Client {
    const client: Connected = {
      socket,
      permissions,
      agentStats: false,
      alive: true,
      send: (text) => send(client, text),
      say: (msgType, ctiMessage) => send(client, JSON.stringify(framed(msgType, ctiMessage))),
    };
    all.add(client);
    socket.on('close', () => all.delete(client));
    for (const sign of ['pong', 'message'])
      socket.on(sign, () => {
        client.alive = true;
      });
    return client;
  }

  const pings = setInterval(() => {
    for (const client of all) {
      if (!client.alive) client.socket.terminate();
      else client.socket.ping();
      client.alive = false;
    }
  }, ALIVE_WITHIN);

  return {
    all,
    add,
    stop: () => {
      clearInterval(pings);
      for (const { socket } of all) socket.close(1001, 'the gateway goes away');
    },
  };
}
