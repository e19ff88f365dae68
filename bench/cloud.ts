// A real deployment from outside: how soon hooks are answered, and with its Redis, how soon their events are published.
import { randomInt } from 'node:crypto';
import { connectTo } from '../lib/redis/connection.ts';
import { type Figure, percentile } from './figure.ts';
import { type Answer, type Post, poster, repeat } from './load.ts';
import { measureDelays, type Received, subscribe } from './subscriber.ts';

type Deployment = {
  /** of the endpoint, `https://…` */
  readonly url: string;
  readonly token: string;
  /** sent one after the other, and as many again with ten in flight */
  readonly hooks: number;
  /** the Redis on which it publishes, and the base under which */
  readonly redis?: { readonly url: string; readonly base: string };
};

const IN_FLIGHT = 10;
/** Webitel waits so long for an answer (ms). */
const WEBITEL = 1_000;
/** After so long (ms) an answer, or a message since its hook was sent, is not expected any more. */
const PATIENCE = { answer: 30_000, message: 30_000 };

const remedies: Readonly<Record<number, string>> = {
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
  const received = redis && (await listen(stack, redis));
  const post = poster(url, token, patience.answer);
  // No other run has these.
  let attempt = randomInt(1e12);
  const next = () => post('joined', attempt++);
  const cold = await next();
  const remedy = remedies[cold.status ?? 0];
  if (remedy !== undefined) throw new Error(`the door answered ${cold.status}: ${remedy}`);
  const warm = await send(1, hooks - 1, next);
  const many = await send(IN_FLIGHT, hooks, next);
  const all = [cold, ...warm.answers, ...many.answers];
  const accepted = all.filter(({ status }) => status === 202);
  if (accepted.length === 0) throw new Error(`none of ${all.length} hooks was answered 202`);
  return [
    figure('first answer, perhaps a cold one', 'ms', cold.took),
    ...answered('one after the other', warm),
    ...answered(`${IN_FLIGHT} in flight`, many),
    figure(`not answered 202, of ${all.length}`, 'hooks', all.length - accepted.length),
    figure("slower than Webitel's second", 'hooks', all.filter(({ took }) => took > WEBITEL).length),
    ...(received ? await published(accepted, received, patience.message) : []),
  ];
}

type Phase = { readonly answers: readonly Answer[]; readonly seconds: number };

/** Sends the next when one is answered, so many at a time. */
async function send(lanes: number, count: number, next: () => ReturnType<Post>): Promise<Phase> {
  const begun = performance.now();
  let left = count;
  const answers = await repeat(lanes, () => left-- > 0, next);
  return { answers, seconds: (performance.now() - begun) / 1000 };
}

function answered(what: string, { answers, seconds }: Phase): Figure[] {
  const delays = answers.filter(({ status }) => status === 202).map(({ took }) => took);
  return [
    figure(`answer, ${what}, p50`, 'ms', percentile(delays, 50)),
    figure(`answer, ${what}, p99`, 'ms', percentile(delays, 99)),
    figure(`rate, ${what}`, 'hooks/s', answers.length / seconds),
  ];
}

/** What the subscriber received of the accepted. */
async function published(
  accepted: readonly Answer[],
  received: Received,
  patience: number,
): Promise<Figure[]> {
  const all = await measureDelays(accepted, received, patience);
  const delays = all.filter((delay) => delay <= patience);
  return [
    figure('until published at the subscriber, p50', 'ms', percentile(delays, 50)),
    figure('until published at the subscriber, p99', 'ms', percentile(delays, 99)),
    figure(`not published within ${patience / 1000} s`, 'events', all.length - delays.length),
  ];
}

async function listen(
  stack: AsyncDisposableStack,
  { url, base }: NonNullable<Deployment['redis']>,
): Promise<Received> {
  const client = stack.adopt(connectTo(url, false), async (redis) => redis.disconnect());
  let broken: unknown;
  client.on('error', (error) => {
    broken = error;
  });
  return subscribe(client, `${base}:queues*`).catch((error: unknown) => {
    const cause = broken ?? error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the Redis of --redis takes no subscriber: ${reason}`, { cause });
  });
}

const figure = (measures: string, unit: string, value: number): Figure => ({
  bench: 'cloud',
  measures,
  unit,
  ours: [value],
});
