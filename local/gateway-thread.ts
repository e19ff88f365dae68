// Runs the bundle of the live gateway in a thread with an environment of its own, until it is told to stop.
import { parentPort, workerData } from 'node:worker_threads';
import type { Gateway } from '../live/gateway.ts';

const { started } = (await import(workerData.file)) as { readonly started: Promise<Gateway> };

started.then(
  ({ port, stop }) => {
    parentPort?.postMessage({ port });
    parentPort?.once('message', async () => {
      await stop();
      process.exit();
    });
  },
  (error: NodeJS.ErrnoException) => parentPort?.postMessage({ error: error.message, code: error.code }),
);
