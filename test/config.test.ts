// What is wrong with a setting is told by its name, with the remedy, and without its value.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consumerConfig, readQueues, settingNames, tenantSettings } from '../lib/config.ts';
import { writeId } from '../lib/publish/dialects/json-fields.ts';
import { localSettings } from '../local/settings.ts';
import { fileText } from './support/stack.ts';

const deployment = await fileText('serverless.yml');
const readme = await fileText('README.md');

const consumer = (more: NodeJS.ProcessEnv) => () =>
  consumerConfig({ REDIS_URL: 'redis://localhost:6379', ...more });

describe('a setting that is wrong', () => {
  it('of a tenant file is named, be it unknown or of the wrong type', () => {
    const settings = (text: string) => () => tenantSettings(text);
    assert.throws(settings('{"queuez":{}}'), /settings knows no queuez/);
    assert.throws(settings('{"queues":{"42":{"nam":"sales"}}}'), /settings\.queues\.42 knows no nam/);
    assert.throws(
      settings('{"queues":{"42":{"name":7}}}'),
      /settings\.queues\.42\.name must be of the type string/,
    );
    assert.throws(settings('{'), /settings must be JSON, such as \{"queues":\{\}\}/);
    assert.throws(() => readQueues('{'), /QUEUES must be JSON, such as \{"42"/);
  });

  it('would leave the live stream without entries', () => {
    assert.throws(consumer({ LIVE: 'on', LIVE_MAX: '0' }), /LIVE_MAX must be a number of entries, 1 or more/);
    assert.throws(consumer({ LIVE: 'yes' }), /LIVE must be on or off/);
    assert.equal(consumer({ LIVE: 'on', LIVE_MAX: '1' })().LIVE_MAX, 1);
  });
});

describe('an identifier for clients that count on numbers', () => {
  it('is a number where a double holds it and its text is that of the number, else its text', () => {
    const ids = ['42', '-7', '9007199254740991', '9007199254740992', '007', '1e3', '0x10', '', 'sales'];
    assert.deepEqual(ids.map(writeId), [
      42,
      -7,
      9007199254740991,
      '9007199254740992',
      '007',
      '1e3',
      '0x10',
      '',
      'sales',
    ]);
    assert.equal(writeId(undefined), undefined);
  });
});

describe('a setting', () => {
  const names = settingNames();
  const given = (name: string) => name.startsWith('AWS_');
  // The queues lie in a file beside the bundle.
  const bundled = ['QUEUES'];
  const variables = (name: string): string[] => {
    const own = deployment.slice(deployment.indexOf(`  ${name}:\n    name:`));
    const block = /\n {4}environment:\n((?: {6}.*\n)+)/.exec(own)?.[1] ?? '';
    return [...block.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, variable = '']) => variable);
  };
  const page = /## Settings\n(.*?)\n## /s.exec(readme)?.[1] ?? '';
  const rows = page.split('\n').flatMap((line) => /^\| (.*?) \|/.exec(line)?.[1] ?? []);
  const explained = rows.flatMap((row) => [...row.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name));
  const local = [...Object.keys(localSettings({})), 'LIVE_SECRET', 'LIVE_PORT'];

  it('of a function is in its environment in serverless.yml, and nothing else is', () => {
    for (const [name, settings] of Object.entries(names)) {
      const wanted = settings.filter((setting) => !given(setting) && !bundled.includes(setting));
      assert.deepEqual(
        variables(name)
          .filter((setting) => !bundled.includes(setting))
          .sort(),
        [...new Set(wanted)].filter((setting) => setting !== 'TENANT' || name === 'webhook').sort(),
        name,
      );
    }
  });

  it('is in the table of README, unless an operator never sets it, and nothing else is', () => {
    const all = [...names.webhook, ...names.consumer].filter(
      (name) => !given(name) && !name.endsWith('_QUEUE_URL'),
    );
    assert.deepEqual(
      all.filter((name) => !explained.includes(name)),
      [],
    );
    assert.deepEqual(
      explained.filter((name) => ![...all, ...local].includes(name)),
      [],
    );
  });
});
