// The clients of XiVO xuc that are connected: each is sent to as long as it takes what it is sent.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { framed } from '../../lib/publish/dialects/xuc.ts';
import type { Permissions } from '../access/accounts.ts';
import { closeSocket, isSlow, logDrop } from '../access/slow-clients.ts';
import { takeTurns } from './turns.ts';

/** A client that answers no ping of ours for so many ms is gone. */
const ALIVE_WITHIN = 30_000;

/** So many messages of one client wait for their turn; the rest waits where it comes from. */
const WAITING = 16;

export type Client = {
  readonly permissions: Permissions;
  /** did it subscribe to the statistics of agents? */
  agentStats: boolean;
  /** Nothing, once it is gone. */
  readonly sendText: (text: string) => void;
  readonly send: (msgType: string, ctiMessage: unknown) => void;
};

type Clients = {
  readonly all: ReadonlySet<Client>;
  /** @param stream the connection under the socket */
  readonly add: (socket: WebSocket, stream: Duplex, permissions: Permissions) => Client;
  /** Closes every client: the gateway goes away. */
  readonly stop: () => void;
};

type Connected = Client & { readonly socket: WebSocket; alive: boolean };

/** @param handle answers a message of a client */
export function startClients(handle: (client: Client, text: string) => void): Clients {
  const all = new Set<Connected>();
  const askForTurns = takeTurns();

  function sendText(client: Connected, text: string): void {
    const { socket } = client;
    if (!all.has(client)) return;
    socket.send(text);
    if (!isSlow(socket)) return;
    all.delete(client);
    logDrop('xuc', all.size);
    closeSocket(socket, 'too slow');
  }

  function add(socket: WebSocket, stream: Duplex, permissions: Permissions): Client {
    const client: Connected = {
      socket,
      permissions,
      agentStats: false,
      alive: true,
      sendText: (text) => sendText(client, text),
      send: (msgType, ctiMessage) => sendText(client, JSON.stringify(framed(msgType, ctiMessage))),
    };
    all.add(client);
    socket.on('close', () => all.delete(client));
    for (const sign of ['pong', 'message'])
      socket.on(sign, () => {
        client.alive = true;
      });
    answerInTurn(client, stream);
    return client;
  }

  /** Messages are answered one after another, and the next when the connection has taken the last answer. */
  function answerInTurn(client: Connected, stream: Duplex): void {
    const { socket } = client;
    const messages: string[] = [];
    let draining = false;
    const waitForDrain = (): void => {
      if (draining) return;
      draining = true;
      stream.once('drain', () => {
        draining = false;
        askForTurns(step);
      });
    };
    const step = (): boolean => {
      if (stream.writableNeedDrain) {
        waitForDrain();
        return false;
      }
      const message = messages.shift();
      // A client that was dropped may have sent much that nobody answers any more.
      if (message === undefined || !all.has(client)) return false;
      client.alive = true;
      handle(client, message);
      if (messages.length < WAITING && socket.isPaused) socket.resume();
      return messages.length > 0;
    };
    socket.on('message', (data, isBinary) => {
      if (isBinary || !all.has(client)) return;
      messages.push(data.toString());
      if (messages.length >= WAITING) socket.pause();
      if (messages.length === 1) askForTurns(step);
    });
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
      for (const { socket } of all) {
        // A paused one would never read that the client closes, too.
        socket.resume();
        socket.close(1001, 'the gateway goes away');
      }
    },
  };
}
