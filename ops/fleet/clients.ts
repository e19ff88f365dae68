// AWS as the commands of the fleet ask it: every call ends, and what goes wrong is one line with its remedy.
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describeError, Unanswered } from '../trouble.ts';

export type Clients = {
  readonly region: string;
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
};

/** Credentials, and other addresses than AWS's, come from the usual environment. */
export function openClients(region: string): Clients {
  const config = {
    region,
    // Two hundred stacks ask the same few APIs; the SDK waits longer before each repeat.
    maxAttempts: Number(process.env['AWS_MAX_ATTEMPTS']) || 8,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  return {
    region,
    cloudFormation: new CloudFormationClient(config),
    cloudWatch: new CloudWatchClient(config),
    logs: new CloudWatchLogsClient(config),
    s3: new S3Client(config),
    // The URLs of queues name the host of AWS, which another address is to stand in for.
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
}

/** The clients of each region, opened once. */
export function openRegions(): (region: string) => Clients {
  const opened = new Map<string, Clients>();
  return (region) => {
    const clients = opened.get(region) ?? openClients(region);
    opened.set(region, clients);
    return clients;
  };
}

/** What is wrong with the asking, whatever was asked; and what to do about it. */
const troubles: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(?:ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/,
    'the AWS credentials have expired',
    'sign in again (aws sso login, or new keys in the environment), then run the same command: it goes on where it stopped',
  ],
  [
    /^(?:CredentialsProviderError|CredentialsError|TokenProviderError)$/,
    'there are no AWS credentials',
    'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  ],
  [
    /^(?:InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|AuthFailure)$/,
    'AWS does not know the credentials',
    'check AWS_PROFILE or the keys in the environment',
  ],
  [
    /^(?:Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequestsException|SlowDown)$/,
    'AWS throttles the calls of this account',
    'run the same command again in a minute: it goes on where it stopped; a smaller --wave asks less often',
  ],
];

/** What the service answers. Rejects with Unanswered when the asking failed, and with the service's error otherwise. */
export async function ask<T>(service: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw explainAsking(service, error);
  }
}

function explainAsking(service: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const known = troubles.find(([name]) => name.test(error.name));
  if (known !== undefined) return new Unanswered(`${service}: ${known[1]}`, known[2], { cause: error });
  if (/^AccessDenied|^UnauthorizedOperation$|^AuthorizationError$/.test(error.name))
    return new Unanswered(
      `${service} refuses it: ${describeError(error)}`,
      'give these credentials that right',
      { cause: error },
    );
  // What the service answered has a fault; all else is the way to it.
  if ('$fault' in error) return error;
  return new Unanswered(
    `${service} cannot be asked (${describeError(error)})`,
    'check the network and the region',
    { cause: error },
  );
}
