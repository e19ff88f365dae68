// The doctor asks for every right that docs/redis.md names: none is missed before the first call needs it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Finding } from '../../ops/doctor/finding.ts';
import { grants } from '../support/acl.ts';
import { examineInTime } from '../support/in-time.ts';
import { LIST } from '../support/publications.ts';
import { startTestRedis } from '../support/stack.ts';

const BASE = 'enigma:notifications';
/** For the connection, not for the script. */
const connecting = ['+hello', '+cluster'];

describe('a user that lacks one right', () => {
  it('is found by the doctor, whichever right it is', async () => {
    await using redis = await startTestRedis();
    const sqs = new SQSClient({ region: 'none', endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
    const rights = grants(BASE);
    const findings = async (...more: string[]): Promise<Finding[]> => {
      const own = ['+ping', '+info', '+llen', '+acl|whoami', '+acl|dryrun'];
      await redis.client.call(
        'ACL',
        'SETUSER',
        'bridge',
        'reset',
        'on',
        '>secret',
        ...rights,
        ...own,
        ...more,
      );
      const target = {
        ...{ door: undefined, token: '', redis: redis.server.url.replace('//', '//bridge:secret@') },
        ...{ tenant: 'default', queues: {}, sqs, urls: { events: '', deadLetters: '', quarantine: '' } },
      };
      const places = {
        ...{ base: BASE, lists: [LIST], incompleteLists: [`${BASE}:incomplete`], listMax: 0 },
        ...{ stream: `{${LIST}}:live`, channels: [], cluster: false },
      };
      const found = await examineInTime(target, places);
      return found.filter(({ check }) => check === 'rights' || check === 'Redis');
    };
    assert.deepEqual(
      (await findings()).filter(({ state }) => state !== 'good'),
      [],
    );
    for (const right of rights.filter((word) => word.startsWith('+') && !connecting.includes(word))) {
      const failed = (await findings(right.replace('+', '-'))).filter(({ state }) => state === 'failed');
      assert.equal(failed.length, 1, right);
    }
    for (const key of [
      `%R~{${LIST}}:said:86400:*`,
      `%R~{${LIST}}:newest:*`,
      `%R~{${LIST}}:call:*`,
      `%R~${LIST}`,
    ]) {
      const keys = [
        LIST,
        'seen:*',
        'said:600:*',
        'said:86400:*',
        'newest:*',
        'call:*',
        'open',
        'live',
        'probe',
      ]
        .map((name) => (name === LIST ? `~${LIST}` : `~{${LIST}}:${name}`))
        .filter((pattern) => !key.endsWith(pattern));
      const failed = (await findings('resetkeys', ...keys, key)).filter(({ state }) => state === 'failed');
      assert.equal(failed.length, 1, key);
    }
    sqs.destroy();
  });
});
