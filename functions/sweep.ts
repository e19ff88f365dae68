// Calls that never leave: the function behind a schedule, every minute.
import { listIncompleteKeys, listKeys, sweepConfig } from '../lib/config.ts';
import { log } from '../lib/log.ts';
import { embedded } from '../lib/metrics.ts';
import { type OpenCall, reportIncomplete } from '../lib/publish/incomplete.ts';
import { CdrWaits, type Outcome, type Publish } from '../lib/publish/publication.ts';
import { findHome } from '../lib/redis/keys.ts';
import { listOpenCalls } from '../lib/redis/open-calls.ts';
import { createPublisher } from '../lib/redis/publisher.ts';
import { findRemedy } from '../lib/redis/remedies.ts';
import { followRedisUrl } from '../lib/secrets/redis-url.ts';

const config = sweepConfig();
const cdrLists = listKeys(config);
const reach = { cluster: config.REDIS_CLUSTER === 'true', home: findHome(cdrLists) };
const findUrl = await followRedisUrl(config);
const places = {
  base: config.ENIGMA_BASE,
  lists: listIncompleteKeys(config),
  cdrList: cdrLists[0] ?? '',
};
let opened: { readonly url: string; readonly publish: Publish } | undefined;
const publishOn = (url: string) =>
  createPublisher({
    ...reach,
    url,
    cdrLists,
    listMax: config.CDR_LIST_MAX,
    liveMax: 0,
    remember: true,
    replicas: config.REDIS_WAIT_REPLICAS,
  });

/** Calls in one round trip, and those that are read at once. */
const [BATCH, MOST] = [50, 1_000];
/** No more are read after so many milliseconds, half of the function's time: the next run is a minute later. */
const LONGEST = 15_000;

/** Gives up every call of which nothing came for CALL_DEADLINE. Rejects when Redis can't be reached: the next minute tries again. */
export async function handler(): Promise<void> {
  if (config.MEMORY === 'off') return;
  const url = await findUrl();
  if (opened?.url !== url) opened = { url, publish: publishOn(url) };
  const { publish } = opened;
  const end = performance.now() + LONGEST;
  // Without hooks for leavings every call comes here: many of them each second must not pile up.
  for (let more = true; more && performance.now() < end; ) {
    const calls = await listOpenCalls({ ...reach, url, tenant: config.TENANT }, config.CALL_DEADLINE, MOST);
    const outcomes = await giveUp(calls, publish);
    more = calls.length > 0 && outcomes.every((outcome) => outcome === undefined);
  }
}

async function giveUp(calls: readonly OpenCall[], publish: Publish): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const now = Date.now();
  for (let first = 0; first < calls.length; first += BATCH) {
    const batch = calls.slice(first, first + BATCH);
    outcomes.push(...(await publish(batch.map((call) => reportIncomplete(call, places, now)))));
  }
  if (calls.length > 0) report(outcomes, now);
  return outcomes;
}

/** A call that moved on or left meanwhile is no failure. */
function report(outcomes: readonly Outcome[], now: number): void {
  const given = outcomes.filter((outcome) => outcome === undefined).length;
  const failed = outcomes.filter((outcome) => outcome !== undefined && !isOver(outcome));
  const waiting = failed.filter((outcome) => outcome instanceof CdrWaits).length;
  log(failed.length === 0 ? 'info' : 'error', 'swept', {
    ...embedded(config.AWS_LAMBDA_FUNCTION_NAME, { incomplete: given, given_back: failed.length }, now),
    ...(failed.length > 0 && {
      waiting,
      error: failed[0],
      remedy: findRemedy(failed[0]),
    }),
  });
}

const isOver = (outcome: Error): boolean => /^it (?:moved on|has left)$/.test(outcome.message);
