// The doctor's canary: one event through the real door.
import type { Target } from '../target.ts';
import { close, describeError, openRedis, reach, redisTrouble, Unanswered, within } from '../trouble.ts';
import { type Finding, failed, failure, good, warning } from './finding.ts';

/** Longer than a healthy bridge needs, shorter than a person waits. */
const CANARY_PATIENCE = 5_000;

/** A joined on a channel that no client knows: it makes no call and no CDR. */
const makeCanary = (attempt: string) => ({
  state: 'joined',
  channel: 'canary',
  attempt_id: attempt,
  timestamp: `${Date.now()}`,
  hookline: 'canary',
});

const DOOR_REMEDY = 'check --url, and look at the log of the webhook';
const ROAD_REMEDY = 'the door accepted it: look at the events that wait, and at the log of the consumer';

/** Answers once the status is there; nobody reads the rest. */
export async function postCanary(
  door: string,
  token: string,
  attempt: string,
): Promise<{ readonly status: number }> {
  const signal = AbortSignal.timeout(CANARY_PATIENCE);
  try {
    const { status, body } = await fetch(`${door}/hooks/webitel`, {
      method: 'POST',
      body: JSON.stringify(makeCanary(attempt)),
      headers: { 'x-api-key': token },
      signal,
    });
    await body?.cancel();
    return { status };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Unanswered(`the door gives no answer (${describeError(cause)})`, DOOR_REMEDY, { cause: error });
  }
}

/** Sends an event through the door that makes no call and no CDR, and waits until it is heard on Redis. */
export async function canaryFindings(
  { door, token, redis: url }: Pick<Target, 'door' | 'token' | 'redis'>,
  base: string,
): Promise<Finding[]> {
  if (door === undefined || url === undefined) {
    return [warning('canary', 'not sent', 'name the door and the Redis with --url and --redis')];
  }
  const subscriber = openRedis(url, false);
  try {
    await reach(subscriber);
    // Negative: no attempt of Webitel has it.
    const attempt = `-${Date.now()}`;
    const heard = Promise.withResolvers<number>();
    subscriber.on('message', (_channel: string, words: string) => {
      if (words.includes(`"attempt_id":"${attempt}"`)) heard.resolve(performance.now());
    });
    await subscriber.subscribe(`${base}:queues`).catch((error: unknown) => {
      throw redisTrouble(error);
    });
    const begun = performance.now();
    const answer = await within('the door', DOOR_REMEDY, postCanary(door, token, attempt), CANARY_PATIENCE);
    const answered = performance.now();
    if (answer.status !== 202)
      return [
        failed('canary', `the door answered ${answer.status}`, 'README, "The door", says what that means'),
      ];
    const out = await within('the way from the door to Redis', ROAD_REMEDY, heard.promise, CANARY_PATIENCE);
    const legs = `answered after ${(answered - begun).toFixed(1)} ms, heard on Redis after ${(out - begun).toFixed(1)} ms`;
    return [
      answered - begun < 1_000
        ? good('canary', legs)
        : failed(
            'canary',
            legs,
            "Webitel waits one second: look at the door's cold start and its way to SQS",
          ),
    ];
  } catch (error) {
    return [failure('canary', error, 'look at the logs of the webhook and the consumer')];
  } finally {
    close(subscriber);
  }
}
