import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { webhookConfig } from '../../lib/config.ts';
import { connect, openQueues } from '../../lib/queue/sqs.ts';
import { exampleEvent } from '../support/dialect-suite.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const region = 'eu-central-1';

/** A queue that takes every send, and what it was sent. @param trickles its first answer never comes to an end */
async function startQueue(trickles = false) {
  const sent: string[] = [];
  const agents: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    sent.push(body);
    agents.push(request.headers['user-agent'] ?? '');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (trickles && sent.length === 1) {
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
      return;
    }
    const MD5OfMessageBody = hash('md5', JSON.parse(body).MessageBody);
    response.end(JSON.stringify({ MessageId: '1', MD5OfMessageBody }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = webhookConfig({
    HOOK_TOKENS: 't',
    AWS_REGION: region,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    EVENTS_QUEUE_URL: `${endpoint}/0/events.fifo`,
    QUARANTINE_QUEUE_URL: `${endpoint}/0/quarantine`,
  });
  const client = connect(config);
  return {
    sent,
    agents,
    line: openQueues(client, { events: config.EVENTS_QUEUE_URL, quarantine: config.QUARANTINE_QUEUE_URL }),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a send', () => {
  // Without the time limit of our own reader it would never end: so it also fails when the SDK no longer uses it.
  it('whose answer trickles is given up, and tried again', { timeout: 120_000 }, async () => {
    await using queue = await startQueue(true);
    await queue.line.enqueue(await exampleEvent('joined'));
    // More often where the machine itself is slow.
    assert.ok(queue.sent.length >= 2, `${queue.sent.length}`);
    assert.equal(queue.sent[0], queue.sent[1]);
  });

  // With the way through it made once, the SDK has been seen to add to its user agent with each send.
  it('has the same headers as the first one, however many there were', async () => {
    await using queue = await startQueue();
    const event = await exampleEvent('joined');
    for (let sends = 0; sends < 20; sends++) await queue.line.enqueue(event);
    // One that is not answered in time is sent again.
    assert.ok(queue.agents.length >= 20);
    assert.equal(new Set(queue.agents).size, 1);
  });
});
