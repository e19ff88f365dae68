// What functions report of themselves goes from their threads to that of the gateway, as it would go to CloudWatch.
import { BroadcastChannel } from 'node:worker_threads';
import { type QueueLengths, type Reported, readReported } from '../../live/metrics/reported.ts';
import { listenToOutput } from './log-lines.ts';

type Message = { readonly reported: Reported } | { readonly queues: QueueLengths };

/** Makes what sends messages to whoever listens under that name, in any thread. */
export function openFigures(name: string): (message: Message) => void {
  const channel = new BroadcastChannel(name);
  // It holds up no end.
  channel.unref();
  return (message) => channel.postMessage(message);
}

/** Sends the figures of each line that this thread prints from now on. */
export function reportLines(name: string): void {
  const send = openFigures(name);
  listenToOutput((line) => {
    const reported = readReported(line);
    if (reported !== undefined) send({ reported });
  });
}

/** Calls what takes them, for each message under that name. */
export function hearFigures(
  name: string,
  take: {
    readonly report: (reported: Reported) => void;
    readonly reportQueues: (lengths: QueueLengths) => void;
  },
): void {
  const channel = new BroadcastChannel(name);
  channel.unref();
  channel.onmessage = (event: unknown) => {
    const { data } = event as { readonly data: Message };
    if ('reported' in data) take.report(data.reported);
    else take.reportQueues(data.queues);
  };
}
