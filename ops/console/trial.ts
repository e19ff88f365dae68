// Sends one hook to the door, and answers the very messages that it made in Redis.
import { setTimeout } from 'node:timers/promises';
import type { Publishing } from '../../lib/publish/relay.ts';
import type { Client } from '../../lib/redis/connection.ts';
import type { Messages } from '../../live/console/schema.ts';
import { makeStep, readPublished } from '../../live/state/timeline.ts';
import { postHook } from '../post-hook.ts';
import { close, openRedis, reach, redisTrouble, Unanswered, within } from '../trouble.ts';

/** How long the messages of an accepted hook are waited for, ms; and how long for those behind its first. */
const PATIENCE = 15_000;
const BEHIND = 300;
/** So many of the newest entries of a list are looked at. */
const NEWEST = 200;

export type Trial = {
  readonly door: string;
  readonly redis: string | undefined;
  readonly cluster: boolean;
  readonly publishing: Publishing;
};

type Heard = { readonly place: string; readonly message: string; readonly ms: number };

/** @param body of the hook @param token of the sender */
export async function tryHook(
  { door, redis, cluster, publishing }: Trial,
  token: string,
  body: string,
): Promise<Messages> {
  if (redis === undefined) {
    const { status, answer } = await post(door, token, body);
    const note =
      'Redis is not named, so that nobody here sees what was published: name it with --redis or REDIS_URL.';
    return { status, answer, messages: [], note };
  }
  const { base, NEWFIES_CHANNEL, cdrLists } = publishing.known;
  const subscriber = openRedis(redis, false);
  const client = openRedis(redis, cluster);
  try {
    await Promise.all([reach(subscriber), reach(client)]);
    const heard: Heard[] = [];
    let begun = performance.now();
    const hear = (place: string, message: string) => {
      heard.push({ place, message, ms: Math.round(performance.now() - begun) });
    };
    subscriber.on('pmessage', (_pattern: string, place: string, message: string) => hear(place, message));
    subscriber.on('message', hear);
    await subscriber.psubscribe(`${base}:*`);
    await subscriber.subscribe(NEWFIES_CHANNEL);
    begun = performance.now();
    const { status, answer, id } = await post(door, token, body);
    if (status !== 202 || id === undefined) return { status, answer, messages: [], note: null };
    const itself = await waitFor(() => heard.find(({ message }) => readId(message) === id), PATIENCE);
    if (itself === undefined) return { status, answer, messages: [], note: describeSilence(answer) };
    await setTimeout(BEHIND);
    const ours = listMessages(itself.message, publishing);
    const onChannels = heard
      .filter(({ place, message }) => ours.has(JSON.stringify([place, message])))
      .map((one) => ({ ...one, kind: 'channel' as const }));
    const inLists = await findEntries(client, cdrLists, id);
    return { status, answer, messages: [...onChannels, ...inLists], note: null };
  } catch (error) {
    if (error instanceof Unanswered) throw error;
    throw redisTrouble(error);
  } finally {
    close(subscriber);
    close(client);
  }
}

const describeSilence = (answer: string): string =>
  /"repeat":\s*true/.test(answer)
    ? 'The door accepted it, but it had the same event before: an event is published once. Change the timestamp or the attempt to send another.'
    : `The door accepted it, but nothing was published within ${PATIENCE / 1_000} s: the same event was there before, or it waits. Health has what is wrong.`;

async function post(door: string, token: string, body: string) {
  const { status, answer } = await postHook(`${door}/hooks/webitel`, token, body);
  return { status, answer, id: readAnswer(answer) };
}

async function waitFor<T>(find: () => T | undefined, patience: number): Promise<T | undefined> {
  for (const end = performance.now() + patience; ; await setTimeout(20)) {
    const found = find();
    if (found !== undefined || performance.now() > end) return found;
  }
}

/** Every message that the event makes, with its channel. */
function listMessages(message: string, publishing: Publishing): ReadonlySet<string> {
  const { made } = makeStep(readPublished(JSON.parse(message).payload), publishing);
  const others = made.filter(({ kind }) => kind === 'message');
  const itself = made.filter(({ kind }) => kind === 'event').flatMap(({ places }) => places);
  return new Set([
    ...itself.map((place) => JSON.stringify([place, message])),
    ...others.flatMap(({ places, message: text }) => places.map((place) => JSON.stringify([place, text]))),
  ]);
}

async function findEntries(client: Client, lists: readonly string[], id: string) {
  const found = await Promise.all(
    lists.map(async (place) => {
      const entries = await within(
        'Redis',
        'is it frozen, or overloaded?',
        client.lrange(place, 0, NEWEST - 1),
      );
      const message = entries.find((entry) => readId(entry) === id);
      return message === undefined ? [] : [{ place, kind: 'list' as const, message, ms: 0 }];
    }),
  );
  return found.flat();
}

const parse = (text: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

const readAnswer = (answer: string): string | undefined => {
  const { id } = parse(answer);
  return typeof id === 'string' ? id : undefined;
};

/** The id of the event that a message of ours is of. Others may publish there, too. */
const readId = (message: string): unknown => Object(parse(message)['payload'])['id'];
