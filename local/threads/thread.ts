// A thread that says when it is ready, and why it ended.
import { Worker } from 'node:worker_threads';

export type Thread<Ready> = {
  readonly worker: Worker;
  /** Its first message; rejects when it ends before. */
  readonly ready: Promise<Ready>;
  /** Resolves with why, when nothing is left of it. */
  readonly ended: Promise<unknown>;
};

/** Runs a file. @param data says what it is to do */
export function startThread<Ready>(file: URL, data: object, env: NodeJS.ProcessEnv): Thread<Ready> {
  const worker = new Worker(file, { workerData: data, env });
  const first = new Promise<Ready>((resolve) => worker.once('message', resolve));
  const ended = new Promise<unknown>((resolve) => {
    let cause: unknown = new Error('The thread has ended');
    worker.once('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => resolve(cause));
  });
  const endedBefore = ended.then((cause) => Promise.reject(cause));
  const ready = Promise.race([first, endedBefore]);
  // Nobody needs to wait for it: the end has a promise of its own.
  ready.catch(() => undefined);
  return { worker, ready, ended };
}
