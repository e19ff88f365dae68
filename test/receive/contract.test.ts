import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { OPENAPI_FILE, readContract } from '../../lib/receive/contract.ts';
import { scratch } from '../../local/scratch.ts';

it('the contract is what lies beside the bundle, and nothing where nothing does', async () => {
  await using folder = await scratch();
  assert.equal(readContract(folder.path), undefined);
  await writeFile(join(folder.path, OPENAPI_FILE), '{"openapi":"3.1.0"}');
  assert.equal(readContract(folder.path), '{"openapi":"3.1.0"}');
});
