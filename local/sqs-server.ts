// SQS on this machine, in its own protocol, with the three queues as they are deployed.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { credentials, nameArn, REGION } from './sqs-client.ts';
import './sqs-storage.ts';
import { storageError } from './storage.ts';

export type SqsServer = {
  readonly endpoint: string;
  readonly queues: { readonly events: string; readonly deadLetters: string; readonly quarantine: string };
  readonly stop: () => Promise<void>;
};

/** What a function finds in its environment to reach the queues. */
export const queueEnv = ({ endpoint, queues: { events, quarantine } }: SqsServer) => ({
  AWS_REGION: REGION,
  AWS_ENDPOINT_URL_SQS: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  EVENTS_QUEUE_URL: events,
  QUARANTINE_QUEUE_URL: quarantine,
});

const retention = { MessageRetentionPeriod: '1209600', MaximumMessageSize: '1048576' };
const fifo = { ...retention, FifoQueue: 'true', VisibilityTimeout: '45' };
const queues = {
  'dead-letters.fifo': fifo,
  'events.fifo': {
    ...fifo,
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: nameArn('dead-letters.fifo'),
      maxReceiveCount: 1000,
    }),
  },
  quarantine: retention,
};

/**
 * Starts it on a free port.
 * @param folder where the messages are kept on disk; without, they are gone when it stops
 * @param overrides attributes of the events queue, for tests that can't wait for its visibility timeout
 */
export async function startSqs(folder?: string, overrides: Record<string, string> = {}): Promise<SqsServer> {
  const server = await startFauxqs({
    port: 0,
    logger: false,
    defaultRegion: REGION,
    ...(folder !== undefined && { dataDir: folder }),
  }).catch((error: unknown) => {
    throw folder === undefined ? error : storageError(error, folder);
  });
  const reopen = loopbackOnly(server);
  for (const [name, attributes] of Object.entries(queues)) {
    // Creating a queue that is there already would empty it.
    if (server.inspectQueue(name) !== undefined) continue;
    server.createQueue(name, {
      attributes: name === 'events.fifo' ? { ...attributes, ...overrides } : attributes,
    });
  }
  const endpoint = `http://127.0.0.1:${server.port}`;
  const url = (name: string) => `${endpoint}/000000000000/${name}`;
  return {
    endpoint,
    queues: {
      events: url('events.fifo'),
      deadLetters: url('dead-letters.fifo'),
      quarantine: url('quarantine'),
    },
    stop: async () => {
      await server.stop();
      reopen();
    },
  };
}

/** The server listens on every interface and can't do otherwise; so whoever isn't on this machine is cut off. */
function loopbackOnly(server: FauxqsServer): () => void {
  const cutOff = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort === server.port && !/^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')) {
      socket.destroy();
    }
  };
  subscribe('net.server.socket', cutOff);
  return () => unsubscribe('net.server.socket', cutOff);
}
