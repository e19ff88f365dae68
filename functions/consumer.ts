// SQS batch → Redis: the function behind the events queue.
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { consumerConfig, listKeys, readPublishing } from '../lib/config.ts';
import { described, log, nameEvent } from '../lib/log.ts';
import { embedded, type Figures } from '../lib/metrics.ts';
import type { Publish } from '../lib/publish/publication.ts';
import { type Options, type Relayed, relay } from '../lib/publish/relay.ts';
import { createPublisher, type Tally } from '../lib/redis/publisher.ts';
import { findRemedy } from '../lib/redis/remedies.ts';
import { followRedisUrl } from '../lib/secrets/redis-url.ts';

const config = consumerConfig();
const cdrLists = listKeys(config);
const options: Options = { ...readPublishing(config), notifyTtl: config.NOTIFY_TTL };
let tallies: Tally[] = [];
const publishOn = (url: string) =>
  createPublisher(
    {
      url,
      cluster: config.REDIS_CLUSTER === 'true',
      cdrLists,
      listMax: config.CDR_LIST_MAX,
      liveMax: config.LIVE === 'on' ? config.LIVE_MAX : 0,
      remember: config.MEMORY === 'on',
      replicas: config.REDIS_WAIT_REPLICAS,
    },
    (tally) => tallies.push(tally),
  );
const findUrl = await followRedisUrl(config);
let opened: { readonly url: string; readonly publish: Publish } | undefined;

/** Where Redis is now: a secret that changed leaves one idle connection behind, which ends with the sandbox. */
const publish: Publish = async (publications) => {
  const url = await findUrl();
  if (opened?.url !== url) opened = { url, publish: publishOn(url) };
  return opened.publish(publications);
};

/** Answers the messages to be delivered again: each that failed, and every later one of its group. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batch = Records.map(({ messageId, attributes, body }) => ({
    id: messageId,
    group: attributes.MessageGroupId ?? messageId,
    body,
  }));
  const relayed = await relay(batch, options, publish, Date.now());
  report(relayed, Date.now());
  return { batchItemFailures: relayed.failures.map(({ id }) => ({ itemIdentifier: id })) };
}

/** Logs one line: what was published of which attempts, what was given back and why, and the figures that the alarms watch. */
function report({ failures, published }: Relayed, now: number): void {
  const made = tallies;
  tallies = [];
  const sum = (count: (tally: Tally) => number) => made.reduce((total, tally) => total + count(tally), 0);
  const causes = [...Map.groupBy(failures, ({ error }) => String(error))]
    .filter(([cause]) => cause !== 'Error: held')
    .map(([, failed]) => ({ messages: failed.map(({ id }) => id), ...explain(failed[0]?.error) }));
  const figures: Figures = {
    published: published.length,
    cdrs: sum(({ pushed }) => pushed),
    late: published.filter(({ late }) => late).length,
    suppressed: sum(({ suppressed }) => suppressed),
    given_back: failures.length,
    age_ms: published.map(({ event }) => now - event.received_at),
    redis_ms: made.map(({ milliseconds }) => Math.round(milliseconds * 10) / 10),
    list_length: made.map(({ listLength }) => listLength).filter((length) => length > 0),
    forgotten: made.filter(({ forgotten }) => forgotten !== '').length,
  };
  const forgotten = made.find((tally) => tally.forgotten !== '')?.forgotten;
  const message = failures.length > 0 ? 'given back' : forgotten === undefined ? 'relayed' : 'not remembered';
  log(message === 'relayed' ? 'info' : 'error', message, {
    events: published.map(({ event }) => nameEvent(event)),
    ...(causes.length > 0 && { causes }),
    ...(forgotten !== undefined && { memory: explain(new Error(forgotten)) }),
    ...embedded(config.AWS_LAMBDA_FUNCTION_NAME, figures, now),
  });
}

const explain = (error: unknown) => ({ error: described(error), remedy: findRemedy(error) });
