// A function that tests call directly: its bundle in a thread, with an environment of its own.
import type { FunctionData, Invoke } from '../../local/threads/in-thread.ts';
import { startThread } from '../../local/threads/thread.ts';

export type LocalFunction = {
  /** Runs the handler, many at a time if need be. Rejects when it throws, or when its thread ends. */
  readonly invoke: Invoke;
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => Promise<void>;
};

type Reply = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** @param file its bundle, which exports `handler`; rejects when that fails to initialise */
export async function startFunction(file: string, env: NodeJS.ProcessEnv): Promise<LocalFunction> {
  const data: FunctionData = { file, quiet: false };
  const { worker, ready, ended } = startThread<'ready'>(
    new URL('./sandbox-thread.ts', import.meta.url),
    data,
    env,
  );
  await ready;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 1;
  worker.on('message', ({ id, result, error }: Reply) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(new Error(error));
  });
  const unlessEnded = ended.then((cause) => Promise.reject(cause));
  unlessEnded.catch(() => undefined);
  return {
    invoke: (event) => {
      const caller = Promise.withResolvers<unknown>();
      waiting.set(next, caller);
      worker.postMessage({ id: next++, event });
      return Promise.race([caller.promise, unlessEnded]);
    },
    kill: async () => {
      await worker.terminate();
    },
  };
}
