import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameKeys } from '../../clients/node/src/keys.ts';
import { nameWorkerKeys } from '../../lib/redis/worker-keys.ts';

describe('the keys beside a list', () => {
  it('are those of the worker library, whether the list has a hash tag or none', () => {
    for (const list of ['enigma:notifications:campaigns', '{cdr}', 'billing:{cdr}:list']) {
      const keys = nameWorkerKeys(list);
      const { leases, dead, processing } = nameKeys(list, 'host-1');
      assert.deepEqual([keys.leases, keys.dead, keys.processing('host-1')], [leases, dead, processing]);
    }
  });
});
