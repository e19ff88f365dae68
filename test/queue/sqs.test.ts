import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { SQSClient } from '@aws-sdk/client-sqs';
import { webhookConfig } from '../../lib/config.ts';
import { Sha256 } from '../../lib/queue/sha256.ts';
import { connect, openQueues } from '../../lib/queue/sqs.ts';
import { exampleEvent } from '../support/dialect-suite.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const region = 'eu-central-1';

/** A queue that takes every send, and what it was sent. @param trickles its first answer never comes to an end */
async function startQueue(trickles = false) {
  const sent: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    sent.push({ headers: request.headers, body });
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
    line: openQueues(client, { events: config.EVENTS_QUEUE_URL, quarantine: config.QUARANTINE_QUEUE_URL }),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a send', () => {
  it('is signed as the SDK signs by itself', async () => {
    await using queue = await startQueue();
    for (const name of ['joined', 'leaving']) await queue.line.enqueue(await exampleEvent(name));
    assert.equal(queue.sent.length, 2);
    const own = await new SQSClient({ region, credentials }).config.signer();
    for (const { headers, body } of queue.sent) {
      const { authorization = '' } = headers;
      const [, signed = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
      const date = `${headers['x-amz-date']}`.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
      const request = {
        method: 'POST',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/',
        headers: Object.fromEntries(signed.split(';').map((header) => [header, `${headers[header]}`])),
        body,
      };
      const again = await own.sign(request, { signingDate: new Date(date), signingRegion: region });
      assert.equal(again.headers['authorization'], authorization);
    }
  });

  it('whose answer trickles is given up, and tried again', async () => {
    await using queue = await startQueue(true);
    await queue.line.enqueue(await exampleEvent('joined'));
    assert.equal(queue.sent.length, 2);
    assert.equal(queue.sent[0]?.body, queue.sent[1]?.body);
  });
});

describe('a hash', () => {
  const bytes = new TextEncoder().encode('data');
  const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex');
  const hashOf = async (sha256: Sha256) => {
    sha256.update(bytes);
    return hex(await sha256.digest());
  };

  it('takes a secret as text, as bytes or as a buffer, or none', async () => {
    const secrets = ['key', new TextEncoder().encode('key'), new TextEncoder().encode('key').buffer];
    // RFC 2104 over FIPS 180-4, by openssl: printf data | openssl dgst -sha256 -hmac key
    for (const secret of secrets)
      assert.equal(
        await hashOf(new Sha256(secret)),
        '5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0',
      );
    assert.equal(
      await hashOf(new Sha256()),
      '3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7',
    );
  });

  it('begins anew when it is reset', async () => {
    const keyed = new Sha256('key');
    const first = await hashOf(keyed);
    keyed.reset();
    assert.equal(await hashOf(keyed), first);
  });
});
