// The clients are what their page and the contracts have, and can be built.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { generated } from '../../clients/generate-types.ts';
import type { CallMessage, CdrMessage } from '../../clients/node/src/messages.ts';
import * as scripts from '../../clients/node/src/scripts.ts';
import type { Call, Cdr } from '../../lib/publish/dialects/enigma-messages.ts';
import { root } from '../../local/settings.ts';
import { fileText } from '../support/stack.ts';

const page = await fileText('docs/worker.md');

describe('the clients', () => {
  it('have the types of the schemas in contracts: else run node clients/generate-types.ts', async () => {
    for (const [path, text] of Object.entries(generated())) assert.equal(await fileText(path), text, path);
  });

  it('say that what a flow sends as a number comes as one, in a call as in a CDR', async () => {
    // Each is what the dialect makes: else this doesn't compile.
    const readCall = (call: Call): CallMessage['payload'] => call;
    const writeCall = (call: CallMessage['payload']): Call => call;
    const writeCdr = (cdr: CdrMessage['payload']): Cdr => cdr;
    assert.equal([readCall, writeCall, writeCdr].length, 3);
    const files = ['messages.py', 'cdrs.py'].map((name) => `clients/python/hookline_worker/${name}`);
    const [messages = '', cdrs = ''] = await Promise.all(files.map(fileText));
    assert.match(messages, /^ {4}contact_ref: str \| float \| None$/m);
    for (const key of ['contact_ref', 'dial_number', 'recording_url'])
      assert.match(cdrs, new RegExp(`^ {4}${key}: Required\\[str \\| float \\| None\\]$`, 'm'), key);
  });

  it('run the scripts of docs/worker.md, letter by letter', async () => {
    const python = await fileText('clients/python/hookline_worker/scripts.py');
    const shown = [...page.matchAll(/^`(\w+)`\n\n```lua\n(.*?)```$/gms)];
    assert.equal(shown.length, 6);
    const own = new Map<string, unknown>(Object.entries(scripts));
    for (const [, name = '', lua = ''] of shown) {
      const script = own.get(name);
      assert.ok(typeof script === 'object' && script !== null && 'lua' in script, name);
      assert.equal(script.lua, lua, name);
      assert.ok(python.includes(`${name.toUpperCase()} = _script(\n    """${lua}"""\n)`), name);
    }
  });

  it('name keys in the slot of the list, or refuse its name', async () => {
    const { namePrefix } = await import('../../clients/node/src/keys.ts');
    assert.equal(namePrefix('enigma:notifications:campaigns'), '{enigma:notifications:campaigns}');
    assert.equal(namePrefix('a{b}c'), 'a{b}c');
    for (const list of ['', 'a{}b', 'a}b', 'a{b']) assert.throws(() => namePrefix(list), RangeError, list);
  });

  it('import nothing but themselves and their library of Redis', () => {
    const imports = (pattern: string, words: RegExp) =>
      globSync(pattern, { cwd: root }).flatMap((file) =>
        [...readFileSync(join(root, file), 'utf8').matchAll(words)].map(([, name = '']) => name),
      );
    const node = imports('clients/node/src/*.ts', /^(?:import|export)[^'"]*?from '([^']+)'/gms);
    const python = imports('clients/python/hookline_worker/*.py', /^(?:from|import) (\S+)/gm);
    assert.ok(node.length > 20 && python.length > 20);
    for (const name of node) assert.match(name, /^\.\/|^node:|^ioredis$/);
    const standard =
      /^(?:\.|redis\b|(?:base64|collections|concurrent\.futures|contextlib|dataclasses|hashlib|json|logging|os|re|secrets|socket|threading|time|typing)$)/;
    for (const name of python) assert.match(name, standard);
  });

  it('of Node is built, and what was built can be imported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookline-client-'));
    try {
      const build = [
        'node_modules/typescript/bin/tsc',
        '-p',
        'clients/node',
        '--outDir',
        join(folder, 'dist'),
      ];
      const built = spawnSync(process.execPath, build, { cwd: root, encoding: 'utf8' });
      assert.equal(built.status, 0, built.stdout);
      await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
      const { exports } = JSON.parse(await fileText('clients/node/package.json'));
      for (const { default: path, types } of Object.values<{ default: string; types: string }>(exports)) {
        await import(pathToFileURL(join(folder, path)).href);
        assert.match(await readFile(join(folder, types), 'utf8'), /export/);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
