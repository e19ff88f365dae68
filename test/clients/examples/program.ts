// An example as a child process, as its README starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { LIST } from '../../../chaos/clients/programs.ts';
import { root } from '../../../local/settings.ts';
import { fileText } from '../../support/stack.ts';

export type Example = AsyncDisposable & {
  readonly child: ChildProcess;
  /** all that it has printed, errors included */
  readonly output: () => string;
  /** Resolves when it has ended and all that it printed is there: with its exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  /** Ends it with the signal, and waits for that. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
};

export function startExample(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = root,
): Example {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return {
    child,
    output: () => output,
    ended,
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

/** Keys of what a worker of any kind took from the list. */
export const PROCESSING = `{${LIST}}:processing:*`;

/** Is nothing in the list nor in the hands of workers? In one look: entries go from one to the other and back. */
export async function isSettled(client: Redis): Promise<boolean> {
  const answers = await client.multi().exists(LIST).keys(PROCESSING).exec();
  return answers?.every(([, found]) => Number(Array.isArray(found) ? found.length : found) === 0) ?? false;
}

const [, golden] = JSON.parse(await fileText('test/golden/enigma/leaving.json'));

/** A CDR as Hookline pushes it. */
export const fullCdr = (id: string, fields: object = {}): string =>
  JSON.stringify({ ...golden.entry, payload: { ...golden.entry.payload, id, ...fields } });
