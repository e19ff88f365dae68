// A bridge as one would write it with BullMQ, its endpoint and its worker in one process. Argument: PORT.
// It checks a token and reads JSON; each hook is a job under its identity for ten minutes, with twenty tries. It does
// not read the fields, keep what it refuses, keep the order within a call (ten jobs at once), protect the CDR from a
// second push when a reply is lost, notify agents, or take a hook while Redis is away.
// See https://docs.bullmq.io/guide/going-to-production
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const { INSTALLED, REDIS_URL, TOKEN } = process.env;
const [, , port] = process.argv;
const require = createRequire(`${INSTALLED}/`);
const { Queue, Worker } = require('bullmq');
const { Redis } = require('ioredis');

// By itself ioredis would wait up to 5 s before it looks again for a Redis that is back.
const connect = (options) => new Redis(REDIS_URL, { retryStrategy: () => 200, ...options });
// As BullMQ's guide to production says: whoever adds fails fast, a worker waits for ever.
const failFast = connect({ maxRetriesPerRequest: 1, enableOfflineQueue: false });
const patient = connect({ maxRetriesPerRequest: null });
const output = connect({ maxRetriesPerRequest: 1 });
const hooks = new Queue('hooks', {
  connection: failFast,
  defaultJobOptions: {
    attempts: 20,
    backoff: { type: 'exponential', delay: 500 },
    // For so long the same hook is known again.
    removeOnComplete: { age: 600 },
    removeOnFail: { age: 14 * 24 * 3600 },
  },
});

const digest = (token) => createHash('sha256').update(token).digest();
const expected = digest(TOKEN);

createServer(async (request, response) => {
  const answer = (status) => response.writeHead(status, { 'content-length': 0 }).end();
  if (request.method !== 'POST' || request.url !== '/hooks/webitel') return answer(404);
  if (!timingSafeEqual(digest(request.headers['x-api-key'] ?? ''), expected)) return answer(401);
  let hook;
  try {
    hook = JSON.parse(await text(request));
  } catch {
    return answer(400);
  }
  try {
    await hooks.add(hook.state, hook, { jobId: `${hook.attempt_id}-${hook.state}-${hook.timestamp}` });
    answer(202);
  } catch {
    answer(503);
  }
}).listen(Number(port), '127.0.0.1');

const worker = new Worker('hooks', ({ data }) => relay(data), {
  connection: patient,
  concurrency: 10,
  // 30 s by default: what was under way when Redis died is begun again after it.
  lockDuration: 6_000,
  stalledInterval: 6_000,
});

async function relay(hook) {
  const pipeline = output.pipeline();
  const payload = { ...hook, ref: hook.queue_id };
  pipeline.publish(
    `enigma:notifications:queues:${hook.queue_id}`,
    JSON.stringify({ type: hook.state, payload }),
  );
  if (hook.state === 'leaving' && hook.channel === 'call')
    pipeline.lpush('enigma:notifications:campaigns', JSON.stringify({ type: 'cdr', payload }));
  for (const [error] of await pipeline.exec()) if (error !== null) throw error;
}

// That Redis is away is seen in the answers and the failed jobs.
for (const emitter of [failFast, patient, output, hooks, worker]) emitter.on('error', () => {});
