// What every command has in common: what it finds, its errors, its help.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Help } from 'commander';
import { commands as all } from '../../bin/commands.ts';
import { findDoor, findRedis } from '../../ops/target.ts';
import { fileText } from '../support/stack.ts';
import { startRunHere } from './run-here.ts';

const commands = [
  ['doctor'],
  ['watch'],
  ['simulate'],
  ['send', 'x.json'],
  ['quarantine', 'list'],
  ['quarantine', 'show', 'x'],
  ['quarantine', 'replay'],
  ['quarantine', 'drop', 'x'],
  ['dead-letters', 'list'],
  ['dead-letters', 'show', 'x'],
  ['dead-letters', 'redrive'],
  ['dead-letters', 'drop', 'x'],
];

describe('every command', () => {
  it('is listed by the help as it is', async () => {
    for (const { term, load } of all) assert.equal(new Help().subcommandTerm(await load()), term);
  });

  it('is loaded only when it is called', async () => {
    for (const [file, only] of [
      ['bin/hookline.ts', ['commander', '../package.json', './commands.ts']],
      ['bin/commands.ts', []],
    ] as const) {
      const imports = [...(await fileText(file)).matchAll(/^import (?!type )[^']*'([^']+)'/gm)];
      assert.deepEqual(
        imports.map(([, name]) => name),
        only,
      );
    }
  });

  it('refuses an option that it does not know, on stderr, and has its exit codes in its help', async () => {
    await using run = await startRunHere();
    for (const args of commands) {
      const unknown = await run.hookline(...args, '--banana');
      assert.deepEqual([unknown.code, unknown.out], [1, ''], args.join(' '));
      assert.match(unknown.err, /^error: unknown option '--banana'\n/);
      assert.match((await run.hookline(...args, '--help')).out, /^Exit codes: 0 /m);
    }
  });

  it('with --json prints JSON alone, also where there is nothing', async () => {
    await using run = await startRunHere();
    for (const [args, empty] of [
      [['quarantine', 'list'], []],
      [['quarantine', 'replay', '--all'], []],
      [['dead-letters', 'list'], { kinds: [], unseen: 0 }],
      [['dead-letters', 'redrive'], { redriven: 0, seen: 0, left: [], unseen: 0 }],
    ] as const) {
      const { code, out } = await run.hookline(...args, '--json');
      assert.deepEqual([code, JSON.parse(out)], [0, empty]);
    }
  });
});

describe('a target', () => {
  it('is the run on this machine, by its own file, unless its parts are named', async () => {
    await using run = await startRunHere({ url: 'http://127.0.0.1:4711', redis: 'redis://127.0.0.1:4712' });
    const tenant = run.TENANT;
    assert.deepEqual(await findDoor({ tenant, token: 't' }), { door: 'http://127.0.0.1:4711', token: 't' });
    assert.equal((await findDoor({ tenant, url: 'https://door/' })).door, 'https://door');
    assert.equal((await findDoor({ tenant: 'none-here', url: 'https://door' })).door, 'https://door');
    await assert.rejects(findDoor({ tenant: 'none-here' }), /npm start, or name the door with --url/);
    assert.equal(await findRedis({ tenant, redis: 'redis://named' }), 'redis://named');
    await assert.rejects(findRedis({ stage: 'prod', tenant }), /name the Redis with --redis or REDIS_URL/);
  });
});
