// The least that a door could do: one SendMessage of the body, by the official SDK.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const { AWS_REGION = '', AWS_ENDPOINT_URL_SQS = '', EVENTS_QUEUE_URL } = process.env;
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const client = new SQSClient({
  region: AWS_REGION,
  endpoint: AWS_ENDPOINT_URL_SQS,
  credentials,
  maxAttempts: 1,
});
let sent = 0;

export async function handler({ body }: APIGatewayProxyEventV2) {
  const MessageDeduplicationId = `bare-${process.pid}-${++sent}`;
  await client.send(
    new SendMessageCommand({
      QueueUrl: EVENTS_QUEUE_URL,
      MessageBody: body,
      MessageGroupId: MessageDeduplicationId,
      MessageDeduplicationId,
    }),
  );
  return { statusCode: 202 };
}
