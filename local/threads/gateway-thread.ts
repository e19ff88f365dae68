// Runs the bundle of the live gateway in a thread with an environment of its own, until it is stopped. On this machine
// it has the rights of whoever started it, so that its console has a desk.
import { workerData } from 'node:worker_threads';
import type { Desk } from '../../live/console/desk.ts';
import type { Gateway } from '../../live/gateway.ts';
import { hearFigures } from './figures.ts';
import { untilToldToStop } from './in-thread.ts';

/** @param figures where the functions of the run report */
type OpenDesk = (figures: string) => Desk;

const { start }: { readonly start: (desk?: Desk) => Promise<Gateway> } = await import(workerData.file);
const { port, stop, ...takes } = await start(await openDesk(workerData.desk));
hearFigures(workerData.figures, takes);
await untilToldToStop(port, stop);

async function openDesk(file: string | undefined): Promise<Desk | undefined> {
  if (file === undefined) return undefined;
  const { openLocalDesk }: { readonly openLocalDesk: OpenDesk } = await import(file);
  return openLocalDesk(workerData.figures);
}
