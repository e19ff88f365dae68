// How many messages wait in the queues of a local run, again and again, for GET /metrics of the gateway.
import { sqsClient } from '../local/sqs-client.ts';
import type { SqsServer } from '../local/sqs-server.ts';
import { openFigures } from '../local/threads/figures.ts';
import { countMessages } from './scan.ts';

/** Between two looks, ms: Prometheus asks every 15 s, or more rarely. */
const PAUSE = 5_000;

/** Answers what ends it. @param figures under which name they are sent */
export function startQueueFigures(sqs: SqsServer, figures: string): () => void {
  const client = sqsClient(sqs);
  const send = openFigures(figures);
  const { events, deadLetters, quarantine } = sqs.queues;
  const look = async () => {
    const count = (url: string) => countMessages(client, url);
    const [waiting, dead, kept] = await Promise.all([count(events), count(deadLetters), count(quarantine)]);
    send({ queues: { events: waiting, dead_letters: dead, quarantine: kept } });
  };
  const lookAgain = () => {
    // A queue that can't be asked now is asked again.
    look().catch(() => undefined);
  };
  lookAgain();
  const timer = setInterval(lookAgain, PAUSE);
  return () => {
    clearInterval(timer);
    client.destroy();
  };
}
