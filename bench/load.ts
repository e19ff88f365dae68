// What the benchmarks send: the example payloads of ever new attempts, as hooks, events and batches.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import type { QueueEvent } from '../lib/event.ts';
import { writeMessage } from '../lib/queue/message.ts';
import { receive } from '../lib/receive/receive.ts';

const examples = new Map<string, Record<string, string>>();

/** The JSON text of an example hook for another attempt, and another agent for each of a hundred. */
export function makeHook(name: string, attempt: number): string {
  const file = join(import.meta.dirname, '../events/webitel', `${name}.json`);
  const fields = examples.get(name) ?? JSON.parse(readFileSync(file, 'utf8'));
  examples.set(name, fields);
  return JSON.stringify({
    ...fields,
    attempt_id: `${attempt}`,
    timestamp: `${1_782_900_000_000 + attempt}`,
    agent_extension: `${1000 + (attempt % 100)}`,
  });
}

/** An HTTP request as Lambda hands it to the webhook. */
export const makeRequest = (hook: string, token: string) => ({
  rawPath: '/hooks/webitel',
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
  headers: { 'x-api-key': token, 'content-type': 'application/json' },
  body: hook,
  isBase64Encoded: false,
});

/** The event that the webhook makes of a hook. */
export const makeEvent = (hook: string): Promise<QueueEvent> =>
  receive(
    { source: 'webitel', headers: {}, body: Buffer.from(hook), receivedAt: Date.now() },
    { tenant: 'default', queues: {} },
    async () => undefined,
  );

/** What the consumer reads of a batch from SQS. */
export type Batch = {
  readonly Records: readonly {
    readonly messageId: string;
    readonly attributes: { readonly MessageGroupId: string };
    readonly body: string;
  }[];
};

/** A hook as the webhook puts it into the queue and SQS hands it to the consumer, in the group of its attempt. */
async function makeRecord(hook: string, attempt: number): Promise<Batch['Records'][number]> {
  const body = writeMessage(await makeEvent(hook));
  return { messageId: `${attempt}`, attributes: { MessageGroupId: `attempt:${attempt}` }, body };
}

const BATCH = 10;

/** So many events, in batches of ten: one event of each attempt from `first` on, the names in turn. */
export async function batchesOf(names: readonly string[], first: number, events: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  const end = first + events;
  for (let begin = first; begin < end; begin += BATCH) {
    const attempts = Array.from({ length: Math.min(BATCH, end - begin) }, (_, index) => begin + index);
    const nameHook = (attempt: number) => names[attempt % names.length] ?? '';
    const Records = attempts.map((attempt) => makeRecord(makeHook(nameHook(attempt), attempt), attempt));
    batches.push({ Records: await Promise.all(Records) });
  }
  return batches;
}

const CALL = ['joined', 'offering', 'bridged', 'processing', 'leaving'];
export const HOOKS_OF_CALL = CALL.length;
/** Calls that are under way at a time: each batch has events of ten of them. */
const AT_ONCE = 50;

/** Whole calls, one hook after the other; those of the calls that are under way take turns. */
export async function batchesOfCalls(first: number, calls: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let begin = first; begin < first + calls; begin += AT_ONCE) {
    for (const name of CALL) batches.push(...(await batchesOf([name], begin, AT_ONCE)));
  }
  return batches;
}

/** Times in milliseconds; `status` is undefined when no complete answer came. */
export type Answer = {
  readonly attempt: number;
  readonly sent: number;
  readonly took: number;
  readonly status: number | undefined;
};
export type Post = (name: string, attempt: number) => Promise<Answer>;

/**
 * Posts example hooks over connections that are kept alive. It never rejects: an error could quote the token.
 * @param patience milliseconds without a byte after which no answer is expected any more
 */
export function poster(url: string, token: string, patience: number): Post {
  const { request, Agent } = url.startsWith('https:') ? https : http;
  const options = {
    method: 'POST',
    agent: new Agent({ keepAlive: true }),
    headers: { 'content-type': 'application/json', 'x-api-key': token },
    timeout: patience,
  };
  return (name, attempt) =>
    new Promise((resolve) => {
      const sent = performance.now();
      let status: number | undefined;
      const posted = request(`${url}/hooks/webitel`, options, (response) => {
        response.resume().on('end', () => {
          status = response.statusCode;
        });
      });
      posted.on('timeout', () => posted.destroy());
      posted.on('error', () => undefined);
      posted.on('close', () => resolve({ attempt, sent, took: performance.now() - sent, status }));
      posted.end(makeHook(name, attempt));
    });
}

/** Does one thing again and again, in so many lanes at a time, while there is more to do. */
export async function repeat<T>(lanes: number, more: () => boolean, one: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const lane = async () => {
    while (more()) results.push(await one());
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
