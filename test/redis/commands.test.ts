// A batch as KEYS and ARGV of the script.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBatch } from '../../lib/redis/commands.ts';
import { entry, eventMessage, LIST, message, publication, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const options = { home: LIST, listMax: 5, live: undefined, skew: 7, remember: true, outOfMemory: false };

describe('a batch', () => {
  it('is written as commands that can be read', () => {
    const once = { words: ['call', '1'], seconds: 86400 };
    const newest = { subject: ['agent', '1002'], at: 3 };
    const batch = [
      { ...publication('g1', entry(1), eventMessage('e1'), message('m1', { once, newest })), deadline: 100 },
      publication('g2', eventMessage('e2')),
    ];
    const { keys, args } = encodeBatch(batch, options);
    assert.deepEqual(keys, [
      `{${LIST}}:probe`,
      ...[`{${LIST}}:said:60:0`, `{${LIST}}:said:60:1`, `{${LIST}}:said:86400:0`, `{${LIST}}:said:86400:1`],
      ...[LIST, `{${LIST}}:seen:default:0`, `{${LIST}}:newest:["agent","1002"]`],
    ]);
    assert.deepEqual(args, [
      '{"markerTtl":2678400,"newestTtl":86400,"callTtl":86400,"leftTtl":600,"listMax":5,"streamMax":0,"outOfMemory":false,"callName":0}',
      ...['deduplicate', 60, 2, 'e1', 'e2'],
      ...['deduplicate', 86400, 1, '["call","1"]'],
      ...['publication', 'g1', 107, ''],
      ...['entry', '1', '"1"', '{}'],
      ...['event', 60, 'said', '{"type":"joined","payload":{"id":"e1"}}'],
      ...['newest', 3, 'message', 86400, 1, 'said', '"m1"'],
      ...['publication', 'g2', 0, ''],
      ...['event', 60, 'said', '{"type":"joined","payload":{"id":"e2"}}'],
    ]);
  });

  it('has the hooks of calls, unless they are not to be remembered', () => {
    const hook = { id: 'e1', event: 'leaving', at: 5 } as const;
    const call = { scope: ['default'], attempt_id: '1', name: '["default","1"]', hook };
    const cdr = { ...entry(1), message: '{"payload":{"a":1}}', lacking: { call_time: 0 } };
    const batch = [{ ...publication('g1', cdr), call }];
    const remembered = encodeBatch(batch, options);
    assert.deepEqual(remembered.keys, [
      ...[`{${LIST}}:probe`, `{${LIST}}:call:["default","1"]`, `{${LIST}}:open:default`],
      ...[LIST, `{${LIST}}:seen:default:0`],
    ]);
    assert.deepEqual(remembered.args.slice(1), [
      ...['publication', 'g1', 0, '{"id":"e1","event":"leaving","at":5}'],
      ...['entry', '1', '{"payload":{"a":1}}', '{"call_time":0}'],
    ]);
    assert.deepEqual(encodeBatch(batch, { ...options, remember: false }).args.slice(1), [
      ...['publication', 'g1', 0, ''],
      ...['entry', '1', '{"payload":{"a":1,"call_time":0}}', '{}'],
    ]);
  });

  it('of which one event cannot be encoded loses that event and what follows of its group, nothing else', async () => {
    await using redis = await startTestRedis();
    const broken = {
      ...message(''),
      get channels(): string[] {
        throw new Error('no channels');
      },
    };
    const outcomes = await publisherAt(redis.server.url)([
      publication('a', message('1')),
      publication('b', entry(1), eventMessage('2'), broken),
      publication('b', message('3')),
      publication('c', eventMessage('4')),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.message),
      [undefined, 'it cannot be encoded: Error: no channels', 'held', undefined],
    );
    await until('both others', () => redis.heard.length === 2);
    assert.equal(await redis.client.llen(LIST), 0);
  });
});
