// Runs the bundle of the live gateway in a thread with an environment of its own, until it is stopped. On this machine
// it has the rights of whoever started it, so that its console has a desk.
import { workerData } from 'node:worker_threads';
import type { Desk } from '../../live/console/desk.ts';
import type { Gateway } from '../../live/gateway.ts';
import { untilToldToStop } from './in-thread.ts';

type Start = (desk?: Desk) => Promise<Gateway>;

const { start }: { readonly start: Start } = await import(workerData.file);
const desk = workerData.desk === undefined ? undefined : await openDesk(workerData.desk);
const { port, stop } = await start(desk);
await untilToldToStop(port, stop);

async function openDesk(file: string): Promise<Desk> {
  const { openLocalDesk }: { readonly openLocalDesk: () => Desk } = await import(file);
  return openLocalDesk();
}
