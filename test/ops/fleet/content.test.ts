import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scratch } from '../../../local/scratch.ts';
import { hashing } from '../../../ops/fleet/content.ts';
import { planTenants } from '../../../ops/fleet/tenants.ts';

describe('the hash of what is deployed', () => {
  it('is another for another setting, queue, stage, tenant or code, and else the same', async () => {
    await using folder = await scratch();
    const hashOf = async (file: object, stage = 'prod', tenant = 'acme', code = 'c0de') => {
      await writeFile(join(folder.path, `${tenant}.json`), JSON.stringify(file));
      const [planned] = await planTenants(stage, [tenant], folder.path);
      assert.ok(planned);
      return (await hashing(code))(planned.plan);
    };
    const base = await hashOf({});
    assert.match(base, /^[\da-f]{16}$/);
    assert.equal(await hashOf({ queues: {}, settings: {}, stages: { prod: {} } }), base);
    const others = [
      await hashOf({ settings: { logRetention: 90 } }),
      await hashOf({ queues: { 42: { name: 'sales' } } }),
      await hashOf({}, 'dev'),
      await hashOf({}, 'prod', 'bolt'),
      await hashOf({}, 'prod', 'acme', 'other'),
    ];
    assert.equal(new Set([base, ...others]).size, 6);
  });
});
