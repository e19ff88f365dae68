// The client of the queues on this machine.
import { SQSClient } from '@aws-sdk/client-sqs';

export const REGION = 'eu-central-1';
export const nameArn = (queue: string) => `arn:aws:sqs:${REGION}:000000000000:${queue}`;

/** Any are taken. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export const sqsClient = ({ endpoint }: { readonly endpoint: string }): SQSClient =>
  new SQSClient({ region: REGION, endpoint, credentials });
