// The doctor's look at the queues.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { eachKept } from '../quarantine.ts';
import { countMessages } from '../scan.ts';
import type { Target } from '../target.ts';
import { type Finding, failed, failure, good, warning } from './finding.ts';

const DAY = 24 * 3600 * 1000;

/**
 * The three queues: their settings, and what waits in them.
 * @param findOldest when SQS took the oldest refused delivery, epoch ms; who looks often knows that without a scan
 */
export async function queueFindings(
  target: Target,
  findOldest: () => Promise<number> = () => scanOldest(target),
): Promise<Finding[]> {
  const { sqs, urls } = target;
  try {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: urls.events, AttributeNames: ['All'] }),
    );
    const { MessageRetentionPeriod, VisibilityTimeout, RedrivePolicy } = Attributes;
    const receives = Number(JSON.parse(RedrivePolicy ?? '{}').maxReceiveCount ?? 0);
    const settings = `retention ${Number(MessageRetentionPeriod) / 86_400} days, visibility ${VisibilityTimeout} s, ${receives} receives`;
    const asDeployed =
      MessageRetentionPeriod === '1209600' && VisibilityTimeout === '45' && receives === 1000;
    const [waiting, dead, kept] = await Promise.all(
      [urls.events, urls.deadLetters, urls.quarantine].map((url) => countMessages(sqs, url)),
    );
    return [
      asDeployed
        ? good('events queue', settings)
        : warning('events queue', settings, 'deploy again: 14 days, 45 s and 1,000 receives are meant'),
      (waiting ?? 0) < 1_000
        ? good('events waiting', `${waiting}`)
        : warning(
            'events waiting',
            `${waiting}`,
            "look at the consumer's log: given back lines have the remedy",
          ),
      dead === 0
        ? good('dead letters', '0')
        : warning('dead letters', `${dead}`, 'hookline dead-letters list, then redrive'),
      kept === 0 ? good('quarantine', '0') : describeQuarantine(kept ?? 0, await findOldest()),
    ];
  } catch (error) {
    return [failure('queues', error, 'check the target, the region and the credentials')];
  }
}

async function scanOldest(target: Target): Promise<number> {
  let oldest = Number.POSITIVE_INFINITY;
  await eachKept(target, async ({ message: { sentAt } }) => {
    oldest = Math.min(oldest, sentAt);
    return false;
  });
  return oldest;
}

function describeQuarantine(count: number, oldest: number): Finding {
  const days = Number.isFinite(oldest) ? (Date.now() - oldest) / DAY : 0;
  const detail = `${count}, the oldest ${days.toFixed(1)} of its 14 days`;
  const remedy = 'hookline quarantine list, then replay or drop';
  return days > 10 ? failed('quarantine', detail, remedy) : warning('quarantine', detail, remedy);
}
