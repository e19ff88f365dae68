// Runs the bundle of the live gateway in a thread with an environment of its own, until it is stopped.
import { workerData } from 'node:worker_threads';
import type { Gateway } from '../../live/gateway.ts';
import { hearFigures } from './figures.ts';
import { untilToldToStop } from './in-thread.ts';

const { started }: { readonly started: Promise<Gateway> } = await import(workerData.file);
const { port, stop, ...takes } = await started;
hearFigures(workerData.figures, takes);
await untilToldToStop(port, stop);
