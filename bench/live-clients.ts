// The clients of the live benchmark, in a process of their own: half Socket.IO, half WebSocket.
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

/** How many of each; of either half speaks Axialys and half xuc. */
export type Ask = { readonly url: string; readonly idle: number; readonly busy: number };
/** What is heard since it was last asked. */
export type Heard = {
  /** by the busy clients of Axialys together, and of xuc */
  readonly axialys: number;
  readonly xuc: number;
  /** busy clients that heard anything at all */
  readonly ears: number;
  /** anything that the idle ones were told beside greetings */
  readonly idle: number;
  readonly connected: number;
  /** ms from the event to the client */
  readonly delays: readonly number[];
};

let heard = { axialys: 0, xuc: 0, idle: 0 };
let ears = new Set<number>();
let delays: number[] = [];
let connected = 0;

const clock = () => performance.timeOrigin + performance.now();

/** The bench sends the time of an event where each protocol says it. */
const timed = (at: unknown) => {
  if (typeof at === 'string') delays.push(clock() - Number(at));
};

async function session(url: string, login: string): Promise<{ init: unknown[]; token: string }> {
  const header = { login, password: 'x', account_type: 'supervisor' };
  const xJson = JSON.stringify({ requete: 'init', header, msg: {} });
  const axialys = await fetch(`${url}/ws/`, { method: 'POST', headers: { 'x-json': xJson } });
  const { target, id_session } = Object(await axialys.json());
  const body = JSON.stringify({ login, password: 'x' });
  const xuc = await fetch(`${url}/xuc/api/2.0/auth/login`, { method: 'POST', body });
  return { init: ['supervisor', target, id_session], token: Object(await xuc.json()).token };
}

function connectAxialys(url: string, init: unknown[], hear: (at: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = io(url, { path: '/socket.io/', transports: ['websocket'], forceNew: true });
    socket.on('connect', () => {
      connected++;
      socket.emit('init', ...init);
      resolve();
    });
    socket.on('disconnect', () => connected--);
    socket.on('update', ({ event }) => hear(event.msg.caller_id_num));
  });
}

function connectXuc(url: string, token: string, hear: (at: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/xuc/api/2.0/cti?token=${token}`);
    socket.on('close', () => connected--);
    socket.on('message', (data) => {
      const { msgType, ctiMessage } = JSON.parse(data.toString());
      if (msgType === 'AgentStateEvent') hear(ctiMessage.phoneNb);
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
    const { init, token } = await session(url, login);
    for (let index = 0; index < count; index++) {
      const protocol = index % 2 === 0 ? 'axialys' : 'xuc';
      const hear = (at: unknown) => {
        heard[login === 'idle' ? 'idle' : protocol]++;
        if (login === 'idle') return;
        ears.add(index);
        timed(at);
      };
      if (protocol === 'axialys') await connectAxialys(url, init, hear);
      else await connectXuc(url, token, hear);
    }
  }
}

process.on('message', async (ask: Ask | 'heard') => {
  if (ask === 'heard') {
    process.send?.({ ...heard, ears: ears.size, connected, delays } satisfies Heard);
    [heard, ears, delays] = [{ axialys: 0, xuc: 0, idle: 0 }, new Set(), []];
    return;
  }
  await connectAll(ask);
  process.send?.('connected');
});
