// Which tenants are meant, before anything is read of them: names from a command line, and from a folder.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scratch } from '../../../local/scratch.ts';
import { planTenants } from '../../../ops/fleet/tenants.ts';

const plan = async (
  files: Readonly<Record<string, string>>,
  named: readonly string[] | 'all' = 'all',
  stage = 'prod',
) => {
  await using folder = await scratch();
  const tenants = join(folder.path, 'tenants');
  await mkdir(tenants);
  for (const [name, text] of Object.entries(files)) await writeFile(join(tenants, `${name}.json`), text);
  // Outside the folder, where a name with dots would lead.
  await writeFile(join(folder.path, 'outside.json'), '{}');
  return (await planTenants(stage, named, tenants)).map(({ tenant }) => tenant);
};

describe('the name of a tenant', () => {
  it('is refused before its file is read, with what it may be', async () => {
    for (const name of [
      '../outside',
      '..',
      '.',
      '',
      'Acme',
      'ÄCME',
      'acme ',
      'a--b',
      '-a',
      'a/b',
      'a.b',
      '٣',
      '__proto__',
    ])
      await assert.rejects(plan({ acme: '{}' }, [name]), (error: Error) => {
        assert.match(error.message, /must be lower-case letters and digits, with single dashes between/);
        assert.doesNotMatch(error.message, /missing|outside\.json/);
        return true;
      });
  });

  it('that is too long for the names of its functions is refused with how much', async () => {
    await assert.rejects(plan({}, ['a'.repeat(500)]), /460 letters too long: the function .* may have 64/);
    assert.deepEqual(await plan({ ['a'.repeat(39)]: '{}' }), ['a'.repeat(39)]);
    await assert.rejects(plan({ ['a'.repeat(41)]: '{}' }), /1 letters too long/);
  });

  it('of a file that differs in the case of its letters alone is no second tenant', async () => {
    await assert.rejects(plan({ acme: '{}', ACME: '{}' }), /tenant ACME must be lower-case/);
  });

  it('given twice is deployed once', async () => {
    assert.deepEqual(await plan({ acme: '{}' }, ['acme', 'acme']), ['acme']);
  });
});

describe('the name of a stage', () => {
  it('is refused once, however many tenants there are', async () => {
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`t${number}`, '{}']));
    for (const stage of ['Prod', 'a--b', '..', ''])
      await assert.rejects(plan(files, 'all', stage), (error: Error) => {
        assert.equal(error.message.match(/must be lower-case/g)?.length, 1);
        return true;
      });
  });
});

describe('a folder', () => {
  it('of files that are wrong in many ways has all of them named', async () => {
    const files = { empty: '', list: '[]', none: 'null', cut: '{"queues":', marked: '\ufeff{}' };
    await assert.rejects(plan(files), (error: Error) => {
      for (const name of ['empty', 'list', 'none', 'cut'])
        assert.match(error.message, new RegExp(`tenants/${name}\\.json`));
      return true;
    });
  });

  it('without files, or that is not there, is one sentence', async () => {
    await assert.rejects(plan({}), /^Error: no tenant of .* has the stage prod$/);
    await using folder = await scratch();
    const absent = join(folder.path, 'absent');
    await assert.rejects(planTenants('prod', 'all', absent), /absent cannot be read .*: --tenants/);
  });
});
