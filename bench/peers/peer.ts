// A peer of Hookline: a program that takes the same hook over HTTP and tells the same Redis.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export const TOKEN = 'bench-token';
export const LIST = 'enigma:notifications:campaigns';
export const CHANNEL = 'enigma:notifications:queues:42';

/** Where a peer shall listen, on loopback, what it shall tell, and a folder of its own. */
export type Place = { readonly port: number; readonly redisPort: number; readonly folder: string };

/** How a hook is given to it. */
export type Request = { readonly method: 'POST' | 'PUT'; readonly path: string };

export type Peer = {
  /** with its version */
  readonly name: string;
  readonly start: (place: Place) => Promise<ChildProcess>;
  /** how a hook comes to it, on which the message is published */
  readonly hook: Request;
  /** how a CDR comes into the list; without, `hook` does both */
  readonly push?: Request;
};

/** Starts a program that is silent and in the foreground, and waits until it listens. */
export async function startListening(
  port: number,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with ${code} and did not listen on port ${port}`);
  });
  failed.catch(() => undefined);
  while (!(await Promise.race([listens(port), failed]))) await setTimeout(20);
  return child;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
