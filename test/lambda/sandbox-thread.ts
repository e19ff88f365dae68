// The inside of a function that is called directly: answers one message for each call.
import { parentPort, workerData } from 'node:worker_threads';
import { importHandler } from '../../local/threads/in-thread.ts';

type Call = { readonly id: number; readonly event: unknown };

const port = parentPort;
if (port === null) throw new Error('This file is run by sandbox.ts');

const handler = await importHandler(workerData);
port.on('message', async ({ id, event }: Call) => {
  try {
    port.postMessage({ id, result: await handler(event) });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : 'The handler threw no error' });
  }
});
port.postMessage('ready');
