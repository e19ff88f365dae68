// A thread that tells when it is ready, and why it ended.
import { Worker } from 'node:worker_threads';

export type Thread<Told> = {
  readonly worker: Worker;
  /** What it tells when it is ready; rejects when it ends before. */
  readonly ready: Promise<Told>;
  /** Resolves with why, when nothing is left of it. */
  readonly ended: Promise<unknown>;
};

/** Runs a file. @param data says what it is to do */
export function startThread<Told>(file: URL, data: object, env: NodeJS.ProcessEnv): Thread<Told> {
  const worker = new Worker(file, { workerData: data, env });
  const told = new Promise<Told>((resolve) => worker.once('message', resolve));
  const ended = new Promise<unknown>((resolve) => {
    let cause: unknown = new Error('The thread has ended');
    worker.once('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => resolve(cause));
  });
  const endedBefore = ended.then((cause) => Promise.reject(cause));
  const ready = Promise.race([told, endedBefore]);
  // Nobody needs to wait for it: the end is told, too.
  ready.catch(() => undefined);
  return { worker, ready, ended };
}
