// What the functions of this run log about hooks that are in no queue: for the console, which is in another thread.
import { BroadcastChannel } from 'node:worker_threads';

/** Beside the figures of the run: several runs may be in one process. */
const nameChannel = (figures: string) => `${figures} lines`;

/** How a line begins that somebody may want, and what is in a line of a repeat. */
const WANTED = ['"message":"refused"', '"message":"quarantined"', '"message":"given back"'];
const REPEAT = '"repeat":true';

/** From now on those lines that this thread prints are passed on, too. */
export function passLinesOn(figures: string): void {
  const channel = new BroadcastChannel(nameChannel(figures));
  // It would keep the thread.
  channel.unref();
  listenToOutput((line) => {
    if (WANTED.some((text) => line.includes(text)) || line.includes(REPEAT)) channel.postMessage(line);
  });
}

/** Hears each text that this thread prints from now on, before it is printed. */
export function listenToOutput(hear: (text: string) => void): void {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk: Uint8Array | string, ...more: never[]) => {
    if (typeof chunk === 'string') hear(chunk);
    return write(chunk, ...more);
  };
}

/** Hears each line, JSON text, until the answer is called. */
export function listenToLines(figures: string, hear: (line: string) => void): () => void {
  const channel = new BroadcastChannel(nameChannel(figures));
  channel.onmessage = (message) => hear(String(Object(message).data));
  channel.unref();
  return () => channel.close();
}
