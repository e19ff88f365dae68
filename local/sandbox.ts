// A function on this machine: its bundle in a thread of its own, with an environment of its own.
import { Worker } from 'node:worker_threads';

export type Invoke = (event: unknown) => Promise<unknown>;

export type LocalFunction = {
  /**
   * Runs the handler. Rejects when it throws, or when its sandbox dies; the next invocation starts another, as
   * Lambda does. Unlike there, many may run in one sandbox at a time.
   */
  readonly invoke: Invoke;
  /** Ends the sandbox in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
};

type Sandbox = {
  /** Rejects when the bundle fails to initialise. */
  readonly initialised: Promise<unknown>;
  readonly alive: () => boolean;
  readonly invoke: Invoke;
  readonly end: () => Promise<void>;
};
type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };
type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

/**
 * Starts a function.
 * @param file its bundle, which exports `handler`; rejects when that fails to initialise
 * @param quiet without its log lines
 */
export async function startFunction(
  file: string,
  env: NodeJS.ProcessEnv,
  quiet = false,
): Promise<LocalFunction> {
  let sandbox = startSandbox(file, env, quiet);
  await sandbox.initialised;
  return {
    invoke: (event) => {
      if (!sandbox.alive()) sandbox = startSandbox(file, env, quiet);
      return sandbox.invoke(event);
    },
    kill: () => sandbox.end(),
  };
}

function startSandbox(file: string, env: NodeJS.ProcessEnv, quiet: boolean): Sandbox {
  const worker = new Worker(new URL('sandbox-thread.ts', import.meta.url), {
    workerData: { file, quiet },
    env,
  });
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let alive = true;

  const initialised = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  worker.on('message', ({ id, result, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(new Error(error));
  });
  const die = (error: Error) => {
    alive = false;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', die);
  worker.on('exit', () => die(new Error('The sandbox has ended')));
  return {
    initialised,
    alive: () => alive,
    invoke: async (event) => {
      await initialised;
      return new Promise((resolve, reject) => {
        waiting.set(next, { resolve, reject });
        worker.postMessage({ id: next++, event });
      });
    },
    end: async () => {
      alive = false;
      await worker.terminate();
    },
  };
}
