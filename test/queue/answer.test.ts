import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { readAnswer } from '../../lib/queue/answer.ts';

describe('an answer of SQS', () => {
  it('is read whole, in however many pieces it comes', async () => {
    const answer = new PassThrough();
    const read = readAnswer(answer, 60_000);
    answer.write('{"a"');
    answer.end(':1}');
    assert.equal(Buffer.from(await read).toString(), '{"a":1}');
  });

  it('that fails is an error', async () => {
    const answer = new PassThrough();
    const read = readAnswer(answer, 60_000);
    answer.destroy(new Error('cut off'));
    await assert.rejects(read, /cut off/);
  });

  it('that never ends is given up', async () => {
    const answer = new PassThrough();
    answer.write('{');
    await assert.rejects(readAnswer(answer, 1), /timed out/);
    assert.ok(answer.destroyed);
  });
});
