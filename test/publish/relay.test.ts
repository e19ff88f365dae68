import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { enigma } from '../../lib/publish/dialects/enigma.ts';
import type { Notification } from '../../lib/publish/notification.ts';
import type { Publication, Publish } from '../../lib/publish/publication.ts';
import { type Carried, type Options, relay } from '../../lib/publish/relay.ts';
import { exampleEvent, places } from '../support/dialect-suite.ts';

const options: Options = { known: places, dialects: [enigma], notifyTtl: 60 };
const NOW = 1782900000100;
const body = JSON.stringify(await exampleEvent('bridged'));

/** Relays one event and answers what it would publish. */
async function published(event: string, now: number): Promise<readonly Notification[]> {
  const publications: Publication[] = [];
  const publish: Publish = async (batch) => {
    publications.push(...batch);
    return batch.map(() => undefined);
  };
  const { failures } = await relay([{ id: '1', group: 'g', body: event }], options, publish, now);
  assert.deepEqual(failures, []);
  return publications[0]?.notifications ?? [];
}

describe('an event', () => {
  it('is published itself, and then by each dialect', async () => {
    const types = (await published(body, NOW)).map(({ message }) => JSON.parse(message).type);
    assert.deepEqual(types, ['bridged', 'call', 'status']);
  });

  it('that waited longer than NOTIFY_TTL is late, and no agent hears of it', async () => {
    const inTime = await published(body, NOW + 60_000);
    assert.equal(inTime.length, 3);
    const [lifecycle, ...more] = await published(body, NOW + 60_001);
    assert.equal(JSON.parse(lifecycle?.message ?? '').payload.late, true);
    assert.deepEqual(more, []);
  });

  it('is late without losing its CDR, which comes before its messages', async () => {
    const leaving = JSON.stringify(await exampleEvent('leaving'));
    const [entry, lifecycle] = await published(leaving, NOW + 3_600_000);
    assert.ok(entry && entry.kind === 'cdr');
    assert.equal(JSON.parse(entry.message).payload.late, undefined);
    assert.equal(JSON.parse(lifecycle?.message ?? '').payload.late, true);
  });

  it('of a newer producer keeps the fields that this version does not know', async () => {
    const [lifecycle] = await published(JSON.stringify({ ...JSON.parse(body), new_field: 'x' }), NOW);
    assert.equal(JSON.parse(lifecycle?.message ?? '').payload.new_field, 'x');
  });
});

describe('a message that cannot be read', () => {
  it('is given back without a word of its content', async () => {
    for (const unread of [
      '{"secret',
      '{}',
      '[]',
      'null',
      '{"event":"teleported"}',
      body.replace('"call"', '{}'),
    ]) {
      const batch = [{ id: '1', group: 'g', body: unread }];
      const { failures, published } = await relay(batch, options, async () => [], NOW);
      const [failure] = failures;
      assert.deepEqual(published, []);
      assert.equal(failure?.id, '1', unread);
      assert.doesNotMatch(String(failure?.error), /secret|teleported/);
    }
  });
});

describe('any batch with any failures', () => {
  const message = fc.record({
    group: fc.constantFrom('a', 'b', 'c'),
    unreadable: fc.boolean(),
    refused: fc.boolean(),
  });
  const batches = fc.array(message, { maxLength: 10 });

  it('acknowledges nothing unpublished, and goes past no failure within its group', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const carried = batch.map(
          ({ group, unreadable }, index): Carried => ({
            id: `${index}`,
            group,
            body: unreadable ? '?' : body.replace('918273', `${index}`),
          }),
        );
        const done: number[] = [];
        const publish: Publish = async (publications) => {
          const stuck = new Set<string>();
          return publications.map(({ group, notifications }) => {
            const index = Number(JSON.parse(notifications[0]?.message ?? '').payload.attempt_id);
            if (stuck.has(group)) return new Error('held');
            if (batch[index]?.refused) {
              stuck.add(group);
              return new Error('refused');
            }
            done.push(index);
            return undefined;
          });
        };
        const failed = (await relay(carried, options, publish, NOW)).failures.map(({ id }) => Number(id));

        // The model: walk the batch; a group is over with its first failure.
        const over = new Set<string>();
        const expected = batch.flatMap(({ group, unreadable, refused }, index) => {
          if (unreadable || refused) over.add(group);
          return over.has(group) ? [index] : [];
        });
        assert.deepEqual(failed, expected);
        assert.deepEqual(
          done,
          batch.map((_, index) => index).filter((index) => !expected.includes(index)),
        );
      }),
    );
  });

  it('gives everything back when publishing breaks', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const carried = batch.map(({ group }, index): Carried => ({ id: `${index}`, group, body }));
        const broken: Publish = () => Promise.reject(new Error('ECONNREFUSED'));
        const { failures: failed, published } = await relay(carried, options, broken, NOW);
        assert.deepEqual(published, []);
        assert.deepEqual(
          failed.map(({ id }) => id),
          carried.map(({ id }) => id),
        );
      }),
    );
  });
});
