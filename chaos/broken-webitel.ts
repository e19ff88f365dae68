// A Webitel hook with something wrong.
import type { Random } from '../simulation/random.ts';
import { mutate } from './mutants.ts';
import type { Delivery } from './post.ts';

const types = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
];

const paths = [
  '/hooks/webitel',
  '/hooks/webitel/leaving',
  '/hooks/webitel/Bridged',
  '/hooks/webitel/agent_status',
  '/hooks/webitel/wait_agent',
];

/** @param example the body of a hook that is right */
export const breakWebitelHook = (random: Random, example: Buffer): Delivery => ({
  path: random.pick(paths),
  headers: {
    'content-type': random.pick(types),
    ...(random.chance(0.1) && { 'idempotency-key': random.pick(['', 'one', '\u00ff', 'k'.repeat(4_000)]) }),
  },
  body: mutate(random, example),
});
