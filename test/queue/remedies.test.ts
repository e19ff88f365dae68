import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findQueueRemedy } from '../../lib/queue/remedies.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('the remedy for an error of SQS', () => {
  it('is known by its name, its message or its code', () => {
    for (const [error, remedy] of [
      [named('AccessDenied'), /sqs:SendMessage/],
      [named('QueueDoesNotExist'), /EVENTS_QUEUE_URL/],
      [named('InvalidSignatureException'), /credentials/],
      [named('KMS.AccessDeniedException'), /SendMessage|key/],
      [named('ThrottlingException'), /quota/],
      [named('TimeoutError'), /cannot be reached/],
      [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), /cannot be reached/],
    ] as const)
      assert.match(findQueueRemedy(error) ?? '', remedy, error.name);
  });

  it('is none where nothing is known', () => {
    assert.equal(findQueueRemedy(new Error('else')), undefined);
    assert.equal(findQueueRemedy('down'), undefined);
  });
});
