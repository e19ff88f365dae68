// The inside of a sandbox: imports the bundle, then answers one message for each invocation.
import { parentPort, workerData } from 'node:worker_threads';

type Invocation = { readonly id: number; readonly event: unknown };

const port = parentPort;
if (port === null) throw new Error('This file is run by sandbox.ts');

// Each line would otherwise go to the main thread, and an answer back, only to be thrown away there.
if (workerData.quiet) process.stdout.write = () => true;

const { handler } = await import(workerData.file);
port.on('message', async ({ id, event }: Invocation) => {
  try {
    port.postMessage({ id, result: await handler(event) });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : 'The handler threw no error' });
  }
});
port.postMessage({ id: 0 });
