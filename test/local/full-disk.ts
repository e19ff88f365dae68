// Fills the queue in the folder that it is given until its disk takes no more, and prints what the queue took.
import { SendMessageCommand, type SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { described } from '../../lib/log.ts';
import { findQueueRemedy } from '../../lib/queue/remedies.ts';
import { sqsClient } from '../../local/sqs-client.ts';
import { startSqs } from '../../local/sqs-server.ts';

const sqs = await startSqs(process.argv[2] ?? '');
const client = sqsClient(sqs);
const taken: string[] = [];
const failures: object[] = [];
let repeated = 0;

async function send(id: string, size: number): Promise<boolean> {
  const input: SendMessageCommandInput = {
    QueueUrl: sqs.queues.events,
    MessageBody: 'x'.repeat(size),
    MessageGroupId: id,
    MessageDeduplicationId: id,
  };
  try {
    await client.send(new SendMessageCommand(input));
    taken.push(id);
    return true;
  } catch (error) {
    failures.push({ ...described(error), remedy: findQueueRemedy(error) });
    return false;
  }
}

// A small change still finds room where a large message doesn't.
for (let number = 0; number < 60; number++) {
  const id = `${number}`;
  if (await send(id, 60_000)) continue;
  repeated++;
  await send(id, 60_000);
}
console.log(JSON.stringify({ taken, repeated, failures: failures.slice(0, 5) }));
await sqs.stop();
client.destroy();
