import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../../lib/errors.ts';
import { readMessage, writeMessage } from '../../lib/queue/message.ts';
import { exampleEvent, examples } from '../support/dialect-suite.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a message of the queue', () => {
  it('brings every example event as it was written', async () => {
    for (const name of examples) {
      const event = await exampleEvent(name);
      assert.deepEqual(asJson(readMessage(writeMessage(event))), asJson(event), name);
    }
  });

  it('of a version without a stamp, or of another, is read by the full schema and keeps what is new in it', async () => {
    const event = asJson(await exampleEvent('leaving'));
    for (const stamp of [{}, { v: 2 }]) {
      const written = { ...stamp, ...event, call_bill_sec: '95', brand_new: [1] };
      assert.deepEqual(asJson(readMessage(JSON.stringify(written))), {
        ...event,
        call_bill_sec: 95,
        brand_new: [1],
      });
    }
  });

  it('is rejected when the code could not rely on it, whatever its stamp', async () => {
    const event = asJson(await exampleEvent('leaving'));
    for (const wrong of [{ event: 'x' }, { id: null }, { variables: [] }, { attempt_id: {} }]) {
      for (const stamp of [{}, { v: 1 }]) {
        assert.throws(() => readMessage(JSON.stringify({ ...stamp, ...event, ...wrong })), Rejected);
      }
    }
    for (const text of ['', '{', '{"v":1,', '[]', 'null'])
      assert.throws(() => readMessage(text), Rejected, text);
  });
});
