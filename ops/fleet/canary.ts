// Does a deployed tenant work? Its door answers; and where token and Redis are known, the doctor's canary goes through.
import { setTimeout } from 'node:timers/promises';
import { canaryFindings, postCanary } from '../doctor/canary.ts';
import { describeError } from '../trouble.ts';
import type { Stack } from './stacks.ts';

export type Keys = { readonly token: string | undefined; readonly redis: string | undefined };

/** What was seen, in a few words; or what is wrong, with its remedy. */
export type Sight = { readonly good: boolean; readonly words: string };

/** Where hooks come in. */
export const findUrl = ({ outputs }: Stack): string | undefined =>
  (outputs['HttpApiUrl'] ?? outputs['WebhookLambdaFunctionUrl'])?.replace(/\/$/, '');

/** Longer than a cold start takes; a new URL needs some seconds until it is known everywhere. */
const ANSWER = 5_000;
const TRIES = 4;

/** @param base of the tenant's keys: the canary is heard there */
export async function look(stack: Stack, { token, redis }: Keys, base: string): Promise<Sight> {
  const door = findUrl(stack);
  if (door === undefined) return { good: false, words: 'the stack has no URL among its outputs' };
  const health = await knock(door);
  if (health !== undefined) return { good: false, words: `${health}: look at the log of the webhook` };
  if (token === undefined) return { good: true, words: 'answers' };
  if (redis === undefined) return postAlone(door, token);
  const [finding] = await canaryFindings({ door, token, redis }, base);
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
