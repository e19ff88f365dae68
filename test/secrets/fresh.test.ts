// A value stays fresh within a minute, nobody waits for it in vain for long, and a flood of questions is none of reads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepFresh } from '../../lib/secrets/fresh.ts';

/** A value that changes elsewhere, a clock that is turned by hand, and what was reported. */
function start() {
  const reads: PromiseWithResolvers<string>[] = [];
  const reports: string[] = [];
  const clock = { now: 1_000_000 };
  const fresh = keepFresh(
    () => {
      const read = Promise.withResolvers<string>();
      reads.push(read);
      return read.promise;
    },
    (error) => reports.push(String(error)),
    () => clock.now,
  );
  const answer = (place: number, value: string) => reads[place]?.resolve(value);
  const fail = (place: number) => reads[place]?.reject(new Error('away'));
  /** Of which the first read brought `one`. */
  const known = async () => {
    const first = fresh.current();
    answer(0, 'one');
    assert.equal(await first, 'one');
  };
  return { ...fresh, reads, reports, clock, answer, fail, known };
}

describe('a value', () => {
  it('is read once, however often it is asked for', async () => {
    const { current, latest, reads, known, clock } = start();
    assert.equal(latest(), undefined);
    await known();
    clock.now += 44_000;
    for (let times = 0; times < 10; times++) assert.equal(await current(), 'one');
    assert.deepEqual([reads.length, latest()], [1, 'one']);
  });

  it('is read again in the background when it is 45 seconds old', async () => {
    const { current, reads, known, clock, answer } = start();
    await known();
    clock.now += 46_000;
    assert.equal(await current(), 'one');
    assert.equal(await current(), 'one');
    assert.equal(reads.length, 2);
    answer(1, 'two');
    await reads[1]?.promise;
    assert.equal(await current(), 'two');
  });

  it('is read again before it is used when it is a minute old, for whoever slept so long', async () => {
    const { current, known, clock, answer, reports } = start();
    await known();
    clock.now += 60_000;
    const second = current();
    answer(1, 'two');
    assert.equal(await second, 'two');
    assert.deepEqual(reports, []);
  });

  it('that cannot be read goes on, and that is reported once for each read in vain', async () => {
    const { current, reads, known, clock, fail, reports } = start();
    await known();
    clock.now += 60_000;
    const second = current();
    fail(1);
    assert.equal(await second, 'one');
    // Within the rest nobody waits, and nothing is read.
    clock.now += 2_900;
    assert.equal(await current(), 'one');
    assert.deepEqual([reads.length, reports], [2, ['Error: away']]);
    clock.now += 200;
    const third = current();
    fail(2);
    assert.equal(await third, 'one');
    assert.deepEqual([reads.length, reports.length], [3, 2]);
  });

  it('that is not answered is waited for half a second, and not again by the next ones', async () => {
    const { current, reads, known, clock, reports } = start();
    await known();
    clock.now += 60_000;
    assert.equal(await current(), 'one');
    assert.match(String(reports), /timed out after 500 ms/);
    clock.now += 500;
    assert.equal(await current(), 'one');
    assert.deepEqual([reads.length, reports.length], [2, 1]);
  });

  it('of which the read was frozen in its middle is read anew; a late answer is as old as its question', async () => {
    const { current, reads, known, clock, answer, fail, reports } = start();
    await known();
    clock.now += 46_000;
    await current();
    // Frozen here, for ten minutes.
    clock.now += 600_000;
    const thawed = current();
    assert.equal(reads.length, 3);
    answer(1, 'old');
    answer(2, 'two');
    assert.equal(await thawed, 'two');
    // The same, and the connection died.
    clock.now += 46_000;
    await current();
    clock.now += 600_000;
    fail(3);
    const again = current();
    answer(4, 'three');
    assert.equal(await again, 'three');
    assert.deepEqual(reports, []);
  });

  it('that was read while it was frozen is as old as the freeze, and read again by the next one', async () => {
    const { current, reads, known, clock, answer, fail } = start();
    await known();
    clock.now += 46_000;
    await current();
    clock.now += 600_000;
    const thawed = current();
    answer(1, 'old');
    fail(2);
    assert.equal(await thawed, 'old');
    clock.now += 3_100;
    const next = current();
    assert.equal(reads.length, 4);
    answer(3, 'two');
    assert.equal(await next, 'two');
  });

  it('is not replaced by an older answer that comes after a newer one', async () => {
    const { current, reads, known, clock, answer } = start();
    await known();
    clock.now += 46_000;
    await current();
    clock.now += 40_000;
    const newer = current();
    answer(2, 'new');
    await newer;
    answer(1, 'old');
    await reads[1]?.promise;
    assert.equal(await current(), 'new');
  });

  it('is read again when the clock was set back', async () => {
    const { current, known, clock, answer } = start();
    await known();
    clock.now -= 3_600_000;
    const second = current();
    answer(1, 'two');
    assert.equal(await second, 'two');
    assert.equal(await current(), 'two');
  });

  it('that was never read is tried again at once by the next one', async () => {
    const { current, renewed, reads, answer, fail, reports } = start();
    const first = current();
    fail(0);
    assert.equal(await first, undefined);
    const second = renewed();
    answer(1, 'one');
    assert.equal(await second, 'one');
    assert.deepEqual([reads.length, reports.length], [2, 1]);
  });

  it('is renewed at most every three seconds, and undefined while that fails', async () => {
    const { current, renewed, reads, known, clock, answer, fail } = start();
    await known();
    clock.now += 2_900;
    for (let times = 0; times < 100; times++) assert.equal(await renewed(), 'one');
    assert.equal(reads.length, 1);
    clock.now += 200;
    const second = renewed();
    answer(1, 'two');
    assert.equal(await second, 'two');
    clock.now += 3_100;
    const third = renewed();
    fail(2);
    assert.equal(await third, undefined);
    for (let times = 0; times < 100; times++) assert.equal(await renewed(), undefined);
    assert.deepEqual([reads.length, await current()], [3, 'two']);
  });
});
