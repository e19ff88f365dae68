// Examples are short, and each says how it is run.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import { root } from '../../../local/settings.ts';
import { fileText } from '../../support/stack.ts';

const programs = globSync('clients/examples/*/*.{ts,py,php,go,js,html}', { cwd: root });
const folders = globSync('clients/examples/*/', { cwd: root });
const countLines = async (file: string) => (await fileText(file)).trimEnd().split('\n').length;

describe('an example', () => {
  it('has less than 80 lines', async () => {
    assert.ok(programs.length >= folders.length);
    for (const file of programs) assert.ok((await countLines(file)) < 80, file);
  });

  it('has a README of five lines, is in the list of all, and is run by a test', async () => {
    const list = await fileText('clients/examples/README.md');
    const tests = globSync('test/clients/examples/*.test.ts', { cwd: root });
    const run = (await Promise.all(tests.map(fileText))).join();
    for (const folder of folders) {
      assert.ok((await countLines(`${folder}/README.md`)) <= 5, folder);
      const [name = ''] = folder.split('/').slice(-1);
      assert.ok(list.includes(`[${name}](${name})`), folder);
      assert.ok(run.includes(folder), folder);
    }
  });
});
