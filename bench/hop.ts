// The delay from the HTTP request in to the subscriber out, through the whole bridge, against a bare hop.
import { setTimeout } from 'node:timers/promises';
import { start } from './child.ts';
import { type Figure, interleave, percentile, type Size } from './figure.ts';
import { type Answer, poster } from './load.ts';
import { startPlace } from './place.ts';
import { measureDelays, subscribe } from './subscriber.ts';

const RATES = [100, 500];
/** Milliseconds after which what has not come is lost: longer than what the consumer gave back stays invisible. */
const PATIENCE = 120_000;

/**
 * From the moment a hook is sent, at its time and whether or not those before were answered, to the moment the
 * subscriber has its message; load and subscriber are in this process. Both have a process of their own with three
 * threads, an emulator of SQS with the same queues, and the same Redis, which keeps its append-only file.
 * The bare hop has no token, schema, identity, order, marker, log or retry, and publishes the body as it came.
 */
export async function hop(size: Size): Promise<Figure[]> {
  const [seconds, rounds] = size === 'quick' ? [0.3, 1] : [1, 9];
  await using stack = new AsyncDisposableStack();
  const { url, client } = await startPlace(stack);
  const received = await subscribe(client, '*');
  const [ours, theirs] = [await startHop(stack, 'bridge', url), await startHop(stack, 'bare', url)];

  let attempt = 0;
  const figures: Figure[] = [];
  for (const rate of RATES) {
    const measure = (hopUrl: string) => async () => {
      // A connection that is idle through the other's turn could be closed just when it is used again.
      const post = poster(hopUrl, 'bench', PATIENCE);
      const answers = await send(Math.round(rate * seconds), rate, () => post('joined', ++attempt));
      const delays = await measureDelays(answers, received, PATIENCE);
      if (!delays.every(Number.isFinite)) throw new Error('an event was never published');
      return { p50: percentile(delays, 50), p99: percentile(delays, 99) };
    };
    const [a, b] = await interleave(rounds, measure(ours), measure(theirs));
    for (const p of ['p50', 'p99'] as const) {
      figures.push({
        bench: 'hop',
        measures: `request in to subscriber out, ${rate} events/s, ${p}`,
        unit: 'ms',
        ours: a.map((delay) => delay[p]),
        theirs: { what: 'bare hop', samples: b.map((delay) => delay[p]) },
      });
    }
  }
  return figures;
}

/** Sends so many at their times, whether or not those before were answered: an open loop. */
async function send(count: number, rate: number, one: () => Promise<Answer>): Promise<Answer[]> {
  const begun = performance.now();
  const sent: Promise<Answer>[] = [];
  while (sent.length < count) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - begun) / 1000) * rate));
    while (sent.length < due) sent.push(one());
    await setTimeout(1);
  }
  const answers = await Promise.all(sent);
  const refused = answers.find(({ status }) => status !== 202);
  if (refused !== undefined) throw new Error(`answered ${refused.status}`);
  return answers;
}

/** Starts one of the two in a process of its own, and answers its URL. */
async function startHop(
  stack: AsyncDisposableStack,
  role: 'bridge' | 'bare',
  redis: string,
): Promise<string> {
  const child = start('hop-process.ts', [role, redis]);
  stack.defer(async () => {
    if (child.process.connected) child.process.disconnect();
    await child.ended;
  });
  return child.receive<string>();
}
