// Does a deployed tenant work? Its door answers; and where token and Redis are known, the doctor's canary goes through.
import { setTimeout } from 'node:timers/promises';
import { canaryFindings, postCanary } from '../doctor/canary.ts';
import { describeError } from '../trouble.ts';
import type { Stack } from './stacks.ts';

export type Keys = { readonly token: string | undefined; readonly redis: string | undefined };

/** Where the keys of a tenant come from. @param secret its name in Secrets Manager */
export type FindKeys = (region: string, secret: string) => Promise<Keys>;

/** Without keys it can only be seen whether a door answers. */
export const noKeys: FindKeys = async () => ({ token: undefined, redis: undefined });

/** What was seen, in a few words; or what is wrong, with its remedy. */
export type Sight = { readonly good: boolean; readonly words: string };

/** Where hooks come in. */
export const findUrl = ({ outputs }: Stack): string | undefined =>
  (outputs['HttpApiUrl'] ?? outputs['WebhookLambdaFunctionUrl'])?.replace(/\/$/, '');

/** Longer than a cold start takes; a new URL needs some seconds until it is known everywhere. */
const ANSWER = 5_000;
const TRIES = 4;

/** What is known of a tenant before its door is asked. */
export type Place = {
  readonly region: string;
  /** its name in Secrets Manager */
  readonly secret: string;
  /** of the tenant's keys: the canary is heard there */
  readonly base: string;
  /** its Redis is out of reach from here */
  readonly inVpc: boolean;
  /** a door that takes no hook takes no canary */
  readonly draining: boolean;
};

export async function look(stack: Stack, place: Place, find: FindKeys): Promise<Sight> {
  const door = findUrl(stack);
  if (door === undefined) return { good: false, words: 'the stack has no URL among its outputs' };
  const health = await knock(door);
  if (health !== undefined) return { good: false, words: `${health}: look at the log of the webhook` };
  const { token, redis } = await (place.draining ? noKeys : find)(place.region, place.secret);
  if (token === undefined) return { good: true, words: 'answers' };
  if (redis === undefined || place.inVpc) return postAlone(door, token);
  const [finding] = await canaryFindings({ door, token, redis }, place.base);
  if (finding?.state === 'good') return { good: true, words: 'canary heard' };
  return { good: false, words: `canary: ${finding?.detail}: ${finding?.remedy}` };
}

/** Where Redis is out of reach, the canary goes as far as the queue. */
async function postAlone(door: string, token: string): Promise<Sight> {
  const { status } = await postCanary(door, token, `-${Date.now()}`);
  return status === 202
    ? { good: true, words: 'canary taken' }
    : { good: false, words: `the door answered the canary ${status}` };
}

/** What is wrong with the door; undefined when it is well. */
async function knock(door: string): Promise<string | undefined> {
  let problem: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const { status, body } = await fetch(`${door}/health`, { signal: AbortSignal.timeout(ANSWER) });
      await body?.cancel();
      if (status === 200) return undefined;
      problem = `the door answers ${status}`;
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      problem = `the door gives no answer (${describeError(cause)})`;
    }
    await setTimeout(tries * 500);
  }
  return problem;
}
