// What is wrong with a setting is told by its name, with the remedy, and without its value.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consumerConfig, describeVariables, readQueues } from '../lib/config.ts';
import { writeId } from '../lib/publish/dialects/json-fields.ts';
import { localSettings } from '../local/settings.ts';
import { fileText } from './support/stack.ts';

const settings = await fileText('docs/settings.md');

const consumer = (more: NodeJS.ProcessEnv) => () =>
  consumerConfig({ REDIS_URL: 'redis://localhost:6379', ...more });

describe('a setting that is wrong', () => {
  it('of the queues is named', () => {
    assert.throws(() => readQueues('{'), /QUEUES must be JSON, such as \{"42"/);
    assert.throws(() => readQueues('{"42":{"nam":"sales"}}'), /QUEUES\.42 knows no nam/);
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
  const names = Object.values(describeVariables()).flatMap(Object.keys);
  const listNames = (page: string) =>
    page
      .split('\n')
      .flatMap((line) => /^\| (.*?) \|/.exec(line)?.[1] ?? [])
      .flatMap((row) => [...row.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name));
  const explained = listNames(settings);
  const local = [...Object.keys(localSettings({})), 'LIVE_SECRET', 'LIVE_PORT'];

  it('is in the table of docs/settings.md, unless an operator never sets it, and nothing else is', () => {
    const all = names.filter((name) => !name.startsWith('AWS_') && !name.endsWith('_QUEUE_URL'));
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
