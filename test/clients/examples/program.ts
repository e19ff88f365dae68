// An example as a child process, as its README starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

const [, golden] = JSON.parse(await fileText('test/golden/enigma/leaving.json'));

/** A CDR as Hookline pushes it. */
export const fullCdr = (id: string, fields: object = {}): string =>
  JSON.stringify({ ...golden.entry, payload: { ...golden.entry.payload, id, ...fields } });
