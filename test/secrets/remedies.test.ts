// Each way in which a secret cannot be read has a remedy.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHookTokens, readRedisUrl } from '../../lib/config.ts';
import { findSecretRemedy } from '../../lib/secrets/remedies.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('the remedy of a secret', () => {
  it('is by the name, the message or the code of the error', () => {
    for (const [error, remedy] of [
      [named('AccessDeniedException', 'Access to KMS is not allowed'), /kms:Decrypt/],
      [named('DecryptionFailure'), /kms:Decrypt/],
      [named('AccessDeniedException'), /GetSecretValue/],
      [named('InvalidRequestException', 'it was marked for deletion'), /restore-secret/],
      [named('ThrottlingException'), /takes no more requests/],
      [named('ExpiredTokenException'), /credentials/],
      [Object.assign(new Error(), { code: 'ENOTFOUND' }), /cannot be reached/],
    ] as const)
      assert.match(findSecretRemedy(error) ?? '', remedy, error.name);
    assert.equal(findSecretRemedy(new Error('else')), undefined);
    assert.equal(findSecretRemedy('text'), undefined);
  });

  it('of a secret that holds something else names what it lacks, and nothing that it holds', () => {
    for (const secret of ['token', '[]', '{}', '"token"', '{"hook_tokens":" , ","redis_url":"http://token"}'])
      for (const read of [readHookTokens, readRedisUrl])
        assert.throws(
          () => read(secret),
          (error: Error) => {
            assert.doesNotMatch(error.message, /token"|http:\/\/token/);
            return /put a JSON text/.test(findSecretRemedy(error) ?? '');
          },
          secret,
        );
    assert.deepEqual(readHookTokens('{"hook_tokens":"a, b"}'), ['a', 'b']);
    assert.equal(readRedisUrl('{"redis_url":"rediss://h"}'), 'rediss://h');
  });
});
