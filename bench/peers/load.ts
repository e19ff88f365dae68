// The load: hooks over keep-alive connections, each of which sends the next when the last is answered.
import { once } from 'node:events';
import { connect } from 'node:net';
import { hookOf } from '../load.ts';
import { type Request, TOKEN } from './peer.ts';

const CONNECTIONS = 10;

export type Load = {
  readonly sent: number;
  /** milliseconds to each */
  readonly answers: readonly number[];
};

/**
 * Sends for so many milliseconds. Bare sockets: node:http would need more CPU than what it measures.
 * Rejects at the first answer that is no success.
 * @param next the attempt of the next hook
 */
export async function load(
  port: number,
  request: Request,
  next: () => number,
  duration: number,
): Promise<Load> {
  const answers: number[] = [];
  const end = performance.now() + duration;
  await Promise.all(Array.from({ length: CONNECTIONS }, () => converse(port, request, next, end, answers)));
  return { sent: answers.length, answers };
}

async function converse(
  port: number,
  request: Request,
  next: () => number,
  end: number,
  answers: number[],
): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let answer = '';
  let asked = 0;
  const ask = () => {
    asked = performance.now();
    socket.write(textOf(request, hookOf('leaving', next())));
  };
  const done = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`port ${port} hung up`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const whole = isWhole(answer);
      if (whole === false) return;
      if (whole === undefined || !/^HTTP\/1\.1 2/.test(answer))
        return reject(new Error(`port ${port} answered ${answer}`));
      answer = '';
      const now = performance.now();
      answers.push(now - asked);
      if (now < end) ask();
      else resolve();
    });
  });
  ask();
  await done.finally(() => socket.destroy());
}

const textOf = ({ method, path }: Request, body: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: ${TOKEN}\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Is the last byte there? Undefined when it can't be told. */
function isWhole(answer: string): boolean | undefined {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = answer.slice(0, end).toLowerCase();
  if (head.includes('\r\ntransfer-encoding: chunked')) return answer.endsWith('\r\n0\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  return length === undefined ? undefined : answer.length >= end + 4 + Number(length);
}
