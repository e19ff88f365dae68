// A real deployment from outside: how soon hooks are answered, and with its Redis, how soon they are out.
import { randomInt } from 'node:crypto';
import { connectTo } from '../lib/redis/connection.ts';
import { type Figure, percentile } from './figure.ts';
import { type Heard, listen, untilHeard } from './hop-ears.ts';
import { hookOf } from './load.ts';

type Deployment = {
  /** of the door, `https://…` */
  readonly url: string;
  readonly token: string;
  /** sent one after the other, and as many again with ten in flight */
  readonly hooks: number;
  /** the Redis on which it speaks, and the base under which */
  readonly redis?: { readonly url: string; readonly base: string };
};

const IN_FLIGHT = 10;
/** Webitel waits so long for an answer (ms). */
const WEBITEL = 1_000;
/** After so long (ms) an answer, or an event since its hook was sent, is taken not to come any more. */
type Patience = { readonly answer: number; readonly out: number };
const PATIENCE: Patience = { answer: 30_000, out: 30_000 };

/** `status` is undefined when no answer came; times are in milliseconds. */
type Answer = {
  readonly attempt: number;
  readonly sent: number;
  readonly took: number;
  readonly status: number | undefined;
};
type Post = (attempt: number) => Promise<Answer>;

const cures: Readonly<Record<number, string>> = {
  401: 'its HOOK_TOKENS have another token than --token',
  403: 'its ALLOWED_IPS leave this address out',
  404: '--url is the door alone, without /hooks/webitel',
};

/**
 * Each hook is a `joined` of an attempt of its own: its events are as real as any, and make no CDR.
 * Delays of answers are those of the accepted; throws when the first is refused for what was given, or none is accepted.
 */
export async function cloud(
  { url, token, hooks, redis }: Deployment,
  patience = PATIENCE,
): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const heard = redis && (await ears(stack, redis));
  const post = poster(url, token, patience.answer);
  // No other run has these.
  const first = randomInt(1e12);
  const cold = await post(first);
  const cure = cures[cold.status ?? 0];
  if (cure !== undefined) throw new Error(`the door answered ${cold.status}: ${cure}`);
  const warm = await inFlight(1, first + 1, hooks - 1, post);
  const many = await inFlight(IN_FLIGHT, first + hooks, hooks, post);
  const all = [cold, ...warm.answers, ...many.answers];
  const accepted = all.filter(({ status }) => status === 202);
  if (accepted.length === 0) throw new Error(`none of ${all.length} hooks was answered 202`);
  return [
    figure('first answer, perhaps a cold one', 'ms', cold.took),
    ...phase('one after the other', warm),
    ...phase(`${IN_FLIGHT} in flight`, many),
    figure(`not answered 202, of ${all.length}`, 'hooks', all.length - accepted.length),
    figure("slower than Webitel's second", 'hooks', all.filter(({ took }) => took > WEBITEL).length),
    ...(heard ? await outcome(accepted, heard, patience.out) : []),
  ];
}

type Phase = { readonly answers: readonly Answer[]; readonly seconds: number };

/** Sends the next when one is answered, so many at a time. */
async function inFlight(lanes: number, first: number, count: number, post: Post): Promise<Phase> {
  const answers: Answer[] = [];
  let sent = 0;
  const lane = async () => {
    while (sent < count) answers.push(await post(first + sent++));
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return { answers, seconds: (performance.now() - begun) / 1000 };
}

function phase(what: string, { answers, seconds }: Phase): Figure[] {
  const delays = answers.filter(({ status }) => status === 202).map(({ took }) => took);
  return [
    figure(`answer, ${what}, p50`, 'ms', percentile(delays, 50)),
    figure(`answer, ${what}, p99`, 'ms', percentile(delays, 99)),
    figure(`rate, ${what}`, 'hooks/s', answers.length / seconds),
  ];
}

/** What became of the accepted at the subscriber; whose hook was sent longer ago than the patience is given up. */
async function outcome(accepted: readonly Answer[], heard: Heard, patience: number): Promise<Figure[]> {
  await untilHeard(
    heard,
    accepted.map(({ attempt }) => attempt),
    patience,
  );
  const delays = accepted
    .map(({ attempt, sent }) => (heard.get(attempt) ?? Number.POSITIVE_INFINITY) - sent)
    .filter((delay) => delay <= patience);
  return [
    figure('until out at the subscriber, p50', 'ms', percentile(delays, 50)),
    figure('until out at the subscriber, p99', 'ms', percentile(delays, 99)),
    figure(`never out within ${patience / 1000} s`, 'events', accepted.length - delays.length),
  ];
}

/** An error of fetch may tell its headers: none is passed on. */
function poster(url: string, token: string, patience: number): Post {
  const headers = { 'content-type': 'application/json', 'x-api-key': token };
  return async (attempt) => {
    const sent = performance.now();
    const status = await fetch(`${url}/hooks/webitel`, {
      method: 'POST',
      headers,
      body: hookOf('joined', attempt),
      signal: AbortSignal.timeout(patience),
    })
      .then(async (response) => {
        // Only an answer that is read to its end gives its connection back.
        await response.arrayBuffer();
        return response.status;
      })
      .catch(() => undefined);
    return { attempt, sent, took: performance.now() - sent, status };
  };
}

async function ears(
  stack: AsyncDisposableStack,
  { url, base }: NonNullable<Deployment['redis']>,
): Promise<Heard> {
  const client = stack.adopt(connectTo(url, false), async (redis) => redis.disconnect());
  let broken: unknown;
  client.on('error', (error) => {
    broken = error;
  });
  return listen(client, `${base}:queues*`).catch((error: unknown) => {
    const { message } = (broken ?? error) as Error;
    throw new Error(`the Redis of --redis does not listen: ${message}`, { cause: broken ?? error });
  });
}

const figure = (measures: string, unit: string, value: number): Figure => ({
  bench: 'cloud',
  measures,
  unit,
  ours: [value],
});
