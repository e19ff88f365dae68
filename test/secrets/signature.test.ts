// The signature is the one that AWS's own signer makes.
import assert from 'node:assert/strict';
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Access, signRequest } from '../../lib/secrets/signature.ts';

const now = Date.parse('2026-11-23T15:00:59.999Z');
const request = {
  service: 'secretsmanager',
  host: 'secretsmanager.eu-central-1.amazonaws.com',
  target: 'secretsmanager.GetSecretValue',
  body: '{"SecretId":"hookline/prod/ä"}',
};
const keys: Access = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** Node's hash, as the signer asks for one. */
class Sha256 {
  readonly hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : secret && Buffer.from(secret as Uint8Array);
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: Uint8Array) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

async function signByAws(access: Access): Promise<string | undefined> {
  const signer = new SignatureV4({
    region: access.AWS_REGION,
    service: request.service,
    applyChecksum: false,
    sha256: Sha256,
    credentials: {
      accessKeyId: access.AWS_ACCESS_KEY_ID,
      secretAccessKey: access.AWS_SECRET_ACCESS_KEY,
      ...(access.AWS_SESSION_TOKEN !== undefined && { sessionToken: access.AWS_SESSION_TOKEN }),
    },
  });
  const { host, target, body } = request;
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path: '/',
      headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body,
    },
    { signingDate: new Date(now) },
  );
  return headers['authorization'];
}

describe('a signed request', () => {
  it("has the authorization of AWS's own signer, with a session and without", async () => {
    for (const access of [keys, { ...keys, AWS_SESSION_TOKEN: 'session//token==' }]) {
      const signed = signRequest(request, access, now)['authorization'];
      assert.ok(signed !== undefined && signed.length > 100);
      assert.equal(signed, await signByAws(access));
    }
  });
});
