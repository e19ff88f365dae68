// The doctor's findings for the console, without the canary: a page that is open all day would send it all day.

import * as z from 'zod/mini';
import type { Publishing } from '../../lib/publish/relay.ts';
import { nameLiveStream } from '../../lib/redis/keys.ts';
import type { Finding } from '../../live/console/schema.ts';
import { failed, good } from '../doctor/finding.ts';
import { queueFindings } from '../doctor/queues.ts';
import { redisFindings } from '../doctor/redis.ts';
import type { Target } from '../target.ts';
import { explained } from '../trouble.ts';
import { type ListWatch, memoryFinding } from './lists.ts';

/**
 * @param stream is there a live stream? Then the rights on it are examined
 * @param findOldest when SQS took the oldest refused delivery, epoch ms
 */
export async function examineParts(
  target: Target,
  { known }: Publishing,
  cluster: boolean,
  lists: ListWatch,
  findOldest: () => Promise<number>,
): Promise<Finding[]> {
  const { base, cdrLists, NEWFIES_CHANNEL } = known;
  const places = {
    base,
    lists: cdrLists,
    // The gateway doesn't know the settings of the sweep, nor the bound of the lists.
    incompleteLists: [],
    listMax: 0,
    stream: nameLiveStream(cdrLists),
    channels: [NEWFIES_CHANNEL],
    cluster,
  };
  const findings = await Promise.all([
    target.door === undefined ? [] : [await describeDoor(target.door)],
    queueFindings(target, findOldest),
    redisFindings(target, places),
    target.redis === undefined ? [] : [await memoryFinding(target.redis, cluster).catch(describeFailure)],
    lists.describe(Date.now()),
  ]);
  // The watched lists have more to tell than their lengths.
  return findings.flat().filter(({ check, state }) => check !== 'lists' || state !== 'good');
}

/** For one answer of the door, ms. */
const PATIENCE = 4_000;
const contract = z.object({ info: z.object({ version: z.string() }) });

/** Does it answer, and which version is deployed there? One from before its contract doesn't say. */
async function describeDoor(door: string): Promise<Finding> {
  const get = (path: string) => fetch(`${door}${path}`, { signal: AbortSignal.timeout(PATIENCE) });
  try {
    const { status } = await get('/health');
    if (status !== 200) return failed('door', `${door} answers ${status}`, 'check the URL of the door');
    const { data } = contract.safeParse(await (await get('/openapi.json')).json().catch(() => undefined));
    return good('door', `${door} answers${data === undefined ? '' : `, version ${data.info.version}`}`);
  } catch {
    return failed('door', `${door} gives no answer`, 'check that it runs, and the URL');
  }
}

const describeFailure = (error: unknown): Finding => ({
  check: 'memory',
  state: 'failed',
  detail: explained(error),
  remedy: 'look at the findings on Redis',
});
