// The clients of the live benchmark, in a process of their own: half Socket.IO, half WebSocket.
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

/** How many of each; of either half speaks Axialys and half xuc. */
export type Ask = { readonly url: string; readonly idle: number; readonly busy: number };
/** What was received since it was last asked for. */
export type Updates = {
  /** by the busy clients of Axialys together, and of xuc */
  readonly axialys: number;
  readonly xuc: number;
  /** busy clients that received anything at all */
  readonly reached: number;
  /** anything that the idle ones received beside greetings */
  readonly idle: number;
  readonly connected: number;
  /** of each busy client, the time in the last update that has one */
  readonly latest: readonly string[];
  /** ms from the event to the client */
  readonly delays: readonly number[];
};

let counts = { axialys: 0, xuc: 0, idle: 0 };
let reached = new Set<number>();
let delays: number[] = [];
const latest = new Map<number, string>();
let connected = 0;

/** The bench sends the time of an event in a field that each protocol passes on. */
function recordTime(client: number, at: unknown): void {
  if (typeof at !== 'string') return;
  latest.set(client, at);
  delays.push(performance.timeOrigin + performance.now() - Number(at));
}

async function logIn(url: string, login: string): Promise<{ init: unknown[]; token: string }> {
  const header = { login, password: 'x', account_type: 'supervisor' };
  const xJson = JSON.stringify({ requete: 'init', header, msg: {} });
  const axialys = await fetch(`${url}/ws/`, { method: 'POST', headers: { 'x-json': xJson } });
  const { target, id_session } = Object(await axialys.json());
  const body = JSON.stringify({ login, password: 'x' });
  const xuc = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body });
  return { init: ['supervisor', target, id_session], token: Object(await xuc.json()).token };
}

function connectAxialys(url: string, init: unknown[], receive: (at: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = io(url, { path: '/socket.io/', transports: ['websocket'], forceNew: true });
    socket.on('connect', () => {
      connected++;
      socket.emit('init', ...init);
      resolve();
    });
    socket.on('disconnect', () => connected--);
    socket.on('update', ({ event }) => receive(event.msg.caller_id_num));
  });
}

function connectXuc(url: string, token: string, receive: (at: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${token}`);
    socket.on('close', () => connected--);
    socket.on('message', (data) => {
      const { msgType, ctiMessage } = JSON.parse(data.toString());
      if (msgType === 'AgentStateEvent') receive(ctiMessage.phoneNb);
      if (msgType !== 'RightProfile') return;
      connected++;
      resolve();
    });
  });
}

async function connectAll({ url, idle, busy }: Ask): Promise<void> {
  for (const [login, count] of [
    ['idle', idle],
    ['busy', busy],
  ] as const) {
    const { init, token } = await logIn(url, login);
    for (let index = 0; index < count; index++) {
      const protocol = index % 2 === 0 ? 'axialys' : 'xuc';
      const receive = (at: unknown) => {
        counts[login === 'idle' ? 'idle' : protocol]++;
        if (login === 'idle') return;
        reached.add(index);
        recordTime(index, at);
      };
      if (protocol === 'axialys') await connectAxialys(url, init, receive);
      else await connectXuc(url, token, receive);
    }
  }
}

process.on('message', async (ask: Ask | 'count') => {
  if (ask === 'count') {
    const since = { ...counts, reached: reached.size, connected, delays };
    process.send?.({ ...since, latest: [...latest.values()] } satisfies Updates);
    [counts, reached, delays] = [{ axialys: 0, xuc: 0, idle: 0 }, new Set(), []];
    return;
  }
  await connectAll(ask);
  process.send?.('connected');
});
