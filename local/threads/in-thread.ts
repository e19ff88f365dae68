// What is the same inside every sandbox: its function is imported, and it ends on request.
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { reportLines } from './figures.ts';
import { passLinesOn } from './log-lines.ts';

export type Invoke = (event: unknown) => Promise<unknown>;

export type FunctionData = {
  /** the bundle of the function, which exports `handler` */
  readonly file: string;
  /** without its log lines */
  readonly quiet: boolean;
  /** where the figures of its log lines go; undefined: nowhere */
  readonly figures?: string | undefined;
};

export async function importHandler({ file, quiet, figures }: FunctionData): Promise<Invoke> {
  // Each line would otherwise go to the main thread, and an answer back, only to be thrown away there.
  if (quiet) process.stdout.write = () => true;
  if (figures !== undefined) {
    reportLines(figures);
    passLinesOn(figures);
  }
  const { handler }: { readonly handler: Invoke } = await import(file);
  return handler;
}

/** Says that it is ready; ends on request, after `stop` and when its last line is out. */
export async function untilToldToStop(ready: unknown, stop: () => Promise<void>): Promise<never> {
  if (parentPort === null) throw new Error('This runs in a thread');
  parentPort.postMessage(ready);
  await once(parentPort, 'message');
  await stop();
  await new Promise<void>((resolve) => process.stdout.end(resolve));
  process.exit();
}
