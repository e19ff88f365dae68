// SQS batch → Redis: the function behind the events queue.
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { consumerConfig, listKeys } from '../lib/config.ts';
import { cureOf } from '../lib/cure.ts';
import { dialects } from '../lib/dialects/index.ts';
import { log } from '../lib/log.ts';
import { publisher } from '../lib/redis.ts';
import { relay, type Style } from '../lib/relay.ts';

const config = consumerConfig();
const style: Style = {
  base: config.ENIGMA_BASE,
  agentTypes: config.AGENT_TYPES,
  cdrLists: listKeys(config),
  dialects: config.DIALECTS.map((name) => dialects[name]),
  notifyTtl: config.NOTIFY_TTL,
};
const publish = publisher({
  url: config.REDIS_URL,
  cluster: config.REDIS_CLUSTER === 'true',
  cdrLists: style.cdrLists,
  listMax: config.CDR_LIST_MAX,
  replicas: config.REDIS_WAIT_REPLICAS,
});

/** Answers the messages to be delivered again: each that failed, and every later one of its group. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batch = Records.map(({ messageId, attributes, body }) => ({
    id: messageId,
    group: attributes.MessageGroupId ?? messageId,
    body,
  }));
  const failures = await relay(batch, style, publish, Date.now());
  log('info', 'relayed', { events: batch.length - failures.length, given_back: failures.length });
  for (const [cause, failed] of Map.groupBy(failures, ({ error }) => String(error))) {
    if (cause === 'Error: held') continue;
    const [{ error } = { error: cause }] = failed;
    log('error', 'given back', { messages: failed.map(({ id }) => id), error, cure: cureOf(error) });
  }
  return { batchItemFailures: failures.map(({ id }) => ({ itemIdentifier: id })) };
}
