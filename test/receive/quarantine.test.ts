import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../../lib/errors.ts';
import { describeRefused, keepHeaders } from '../../lib/receive/quarantine.ts';
import { sources } from '../../lib/receive/sources/index.ts';

const headers = {
  'content-type': 'text/plain',
  'idempotency-key': 'k',
  'webhook-id': '',
  'ce-id': '1',
  'x-api-key': 'secret',
  authorization: 'Bearer secret',
  cookie: 'secret',
};

describe('a refused delivery', () => {
  it('keeps the content type and the headers that its source reads, and never a token', () => {
    assert.deepEqual(keepHeaders(headers, sources.webitel.readsHeader), {
      'content-type': 'text/plain',
      'idempotency-key': 'k',
      'webhook-id': '',
    });
    assert.deepEqual(keepHeaders(headers, sources.cloudevents.readsHeader), {
      'content-type': 'text/plain',
      'ce-id': '1',
    });
  });

  it('keeps what was delivered, and why it was refused', () => {
    const raw = { id: 'q', tenant: 't', received_at: 1, path: '/hooks/webitel', headers: {}, body: 'e30=' };
    const problems = [{ path: 'event', message: 'is missing' }];
    assert.deepEqual(describeRefused(new Rejected('invalid', 'why', problems), raw), {
      ...raw,
      status: 422,
      detail: 'why',
      problems,
    });
  });
});
