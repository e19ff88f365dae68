// The queue may deliver an event again, and a batch is repeated when its reply was lost: nothing is published twice.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enigma } from '../../lib/publish/dialects/enigma.ts';
import { newfies } from '../../lib/publish/dialects/newfies.ts';
import { relay } from '../../lib/publish/relay.ts';
import { writeMessage } from '../../lib/queue/message.ts';
import { exampleEvent, examples, places } from '../support/dialect-suite.ts';
import { LIST, publisherAt } from '../support/publications.ts';
import { startTestRedis, until } from '../support/stack.ts';

const options = { dialects: [enigma, newfies], known: places, notifyTtl: 3600 };

describe('an event that is delivered three times', () => {
  it('is published once in each dialect, whichever it is and whether it has a timestamp or not', async () => {
    await using redis = await startTestRedis();
    const publish = publisherAt(redis.server.url);
    const deliver = async (body: string) => {
      const received = Date.now();
      const event = { ...JSON.parse(body), received_at: received };
      const batch = [{ id: '1', group: 'g', body: JSON.stringify(event) }];
      assert.deepEqual((await relay(batch, options, publish, received)).failures, []);
    };
    for (const [index, example] of examples.entries()) {
      for (const timestamp of [undefined, 1782900000000 + index]) {
        const id = `${index}${timestamp === undefined ? 'a' : 'b'}`.padStart(32, '0');
        const fields = { attempt_id: `${index * 2 + (timestamp === undefined ? 0 : 1)}`, timestamp, id };
        const body = writeMessage({ ...(await exampleEvent(example)), ...fields });
        for (const _ of [1, 2, 3]) await deliver(body);
        await redis.client.publish('end', '"end"');
        await until('all of it', () => redis.heard.at(-1)?.channel === 'end');
        const heard = redis.heard.splice(0).map((said) => JSON.stringify(said));
        assert.equal(new Set(heard).size, heard.length, `${example} ${heard.join('\n')}`);
      }
    }
    const cdrs = await redis.client.lrange(LIST, 0, -1);
    assert.equal(new Set(cdrs).size, cdrs.length);
  });
});
