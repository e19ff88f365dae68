// The secret over HTTP: what it holds, and why it cannot be had.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSecretRemedy } from '../../lib/secrets/remedies.ts';
import { LIMIT, readSecret } from '../../lib/secrets/secrets-manager.ts';
import { freePort } from '../../local/free-port.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';

describe('the secret', () => {
  it('is read by a signed GetSecretValue', async () => {
    await using manager = await startSecretsManager({ hook_tokens: 'ä' });
    assert.equal(await readSecret(manager.env), '{"hook_tokens":"ä"}');
    const [headers] = manager.calls;
    assert.equal(headers?.['x-amz-target'], 'secretsmanager.GetSecretValue');
    assert.match(
      headers?.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/eu-central-1\/secretsmanager\//,
    );
  });

  it("is refused with AWS's name for the reason, for which there is a remedy", async () => {
    await using manager = await startSecretsManager({});
    const absent = readSecret({ ...manager.env, SECRET_ID: 'other' });
    await assert.rejects(absent, { name: 'ResourceNotFoundException', message: "can't find the secret" });
    await absent.catch((error) => assert.match(findSecretRemedy(error) ?? '', /no such secret/));
    manager.break('denied');
    const denied = readSecret(manager.env);
    await assert.rejects(denied, { name: 'AccessDeniedException' });
    await denied.catch((error) =>
      assert.match(findSecretRemedy(error) ?? '', /lacks secretsmanager:GetSecretValue/),
    );
  });

  it('is no secret when it is no text, or the answer is not of Secrets Manager', async () => {
    await using manager = await startSecretsManager({});
    manager.break('binary');
    await assert.rejects(readSecret(manager.env), /has no SecretString/);
    manager.break('foreign');
    await assert.rejects(readSecret(manager.env), /^SecretsManagerError: answered 502$/);
  });

  it('is asked for over TLS, of who has a good certificate alone', async () => {
    await using manager = await startSecretsManager({});
    const AWS_ENDPOINT_URL_SECRETS_MANAGER = manager.env.AWS_ENDPOINT_URL_SECRETS_MANAGER.replace(
      'http',
      'https',
    );
    await assert.rejects(
      readSecret({ ...manager.env, AWS_ENDPOINT_URL_SECRETS_MANAGER }),
      /SSL|wrong version/i,
    );
    assert.equal(manager.calls.length, 0);
  });

  it('is not waited for without end', async () => {
    await using manager = await startSecretsManager({});
    manager.break('silent');
    const silent = readSecret(manager.env);
    await assert.rejects(silent, new RegExp(`timed out: no whole answer within ${LIMIT} ms`));
    await silent.catch((error) => assert.match(findSecretRemedy(error) ?? '', /cannot be reached/));
    manager.break('half');
    await assert.rejects(readSecret(manager.env), /timed out: no whole answer/);
    const port = await freePort();
    const away = { ...manager.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}` };
    await assert.rejects(readSecret(away), { code: 'ECONNREFUSED' });
  });
});
