// A Lambda sandbox on this machine: a function's bundle in a thread of its own, with an environment of its own.
import { Worker } from 'node:worker_threads';

export type Sandbox = {
  /** Runs the handler. Rejects when it throws, or when the sandbox dies. Unlike Lambda, many may run at a time. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };
type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** Starts a bundle (a file that exports `handler`). Rejects when it fails to initialise. */
export async function startSandbox(file: string, env: NodeJS.ProcessEnv): Promise<Sandbox> {
  const worker = new Worker(new URL('sandbox-thread.ts', import.meta.url), { workerData: { file }, env });
  const waiting = new Map<number, Waiting>();
  let next = 1;

  const initialised = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  worker.on('message', ({ id, result, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(new Error(error));
  });
  const die = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', die);
  worker.on('exit', () => die(new Error('The sandbox has ended')));
  await initialised;

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        waiting.set(next, { resolve, reject });
        worker.postMessage({ id: next++, event });
      }),
    stop: async () => {
      await worker.terminate();
    },
  };
}
