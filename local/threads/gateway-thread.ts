// Runs the bundle of the live gateway in a thread with an environment of its own, until it is stopped.
import { workerData } from 'node:worker_threads';
import type { Gateway } from '../../live/gateway.ts';
import { untilToldToStop } from './in-thread.ts';

const { started }: { readonly started: Promise<Gateway> } = await import(workerData.file);
const { port, stop } = await started;
await untilToldToStop(port, stop);
