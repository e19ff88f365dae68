// What a broken flow or producer posts, each refused with 400, 404 or 422.
import type { Delivery } from './post.ts';

const writeWebitel = (path: string, body: string): Delivery => ({
  path: `/hooks/webitel${path}`,
  headers: {},
  body,
});

const writeCloudEvent = (body: string, headers: Delivery['headers'] = {}): Delivery => ({
  path: '/hooks/cloudevents',
  headers,
  body,
});

export const garbage: readonly Delivery[] = [
  writeWebitel('/leaving', '{"channel":"call","attempt_id": ,"agent_id":}'),
  writeWebitel('', ''),
  writeWebitel('', '["a"]'),
  writeWebitel('/wait_agent', '{"channel":"call","attempt_id":"1"}'),
  writeWebitel('', '{"channel":"call","attempt_id":"1"}'),
  writeWebitel('/leaving', 'channel=call&attempt_id=soon'),
  writeWebitel('/bridged', '{"channel":"call","attempt_id":"1","call_bill_sec":{}}'),
  writeCloudEvent('{"specversion":"1.0","id":"1","source":"/pbx/berlin","type":"hookline.queue.leaving.v1"}'),
  writeCloudEvent('{"channel":"call","attempt_id":"1"}', {
    'ce-specversion': '1.0',
    'ce-id': '%',
    'ce-type': 'leaving',
  }),
  writeCloudEvent('[]', { 'content-type': 'application/cloudevents-batch+json' }),
];
