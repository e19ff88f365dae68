// The durable peer: a bridge on BullMQ, whose queue lies in the very Redis that is told.
import { join } from 'node:path';
import type { Npm } from './install.ts';
import { type Peer, startListening, TOKEN } from './peer.ts';

/**
 * It does what it is asked to: a token, JSON, a job for each hook under its identity for ten minutes, twenty tries.
 * It does not: read the fields, keep what it refuses, keep the order within a call (ten jobs at once), guard the CDR
 * against a second push when an answer is lost, tell agents, or take a hook while Redis is away.
 * @see https://docs.bullmq.io/guide/going-to-production
 */
export const bullmq = ({ folder, versionOf }: Npm): Peer => ({
  name: `BullMQ ${versionOf('bullmq')}`,
  hook: { method: 'POST', path: '/hooks/webitel' },
  start: ({ port, redisPort }) =>
    startListening(port, process.execPath, [join(import.meta.dirname, 'bullmq/bridge.mjs')], {
      env: {
        NODE_ENV: 'production',
        INSTALLED: folder,
        PORT: `${port}`,
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        TOKEN,
      },
    }),
});
