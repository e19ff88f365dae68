// A simulated shift as it is played: against a door that writes down what is posted, and when.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../local/free-port.ts';
import { simulate } from '../../ops/simulate.ts';
import { type Fields, makesCdr } from '../../simulation/hook.ts';
import { seedRandom } from '../../simulation/random.ts';

const quiet = () => undefined;
const shift = { calls: 20, rate: 10, speed: 600, seed: 5 };

/** A door that gives every hook such an answer. */
async function startDoor(answer: (fields: Fields) => number | Promise<number>) {
  const posted: { at: number; fields: Fields }[] = [];
  const server = createServer(async (request, response) => {
    const at = Date.now();
    const fields: Fields = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const status = await answer(fields);
    if (status === 202) posted.push({ at, fields });
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    door: `http://127.0.0.1:${port}`,
    token: 'token',
    posted,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a shift that is played', () => {
  it('posts no hook before its time', async () => {
    await using target = await startDoor(() => 202);
    await simulate(target, shift, quiet);
    const times = ['timestamp', 'joined_at', 'bridged_at'];
    for (const { at, fields } of target.posted)
      for (const name of times) assert.ok(Number(fields[name] ?? 0) <= at, name);
  });

  it('keeps the order of each attempt and of each agent, though the door is slow', async () => {
    const random = seedRandom(1);
    await using target = await startDoor(() => setTimeout(random.below(20), 202));
    const { events } = await simulate(target, { ...shift, speed: 1e6 }, quiet);
    assert.equal(target.posted.length, events);
    for (const name of ['attempt_id', 'agent_id']) {
      const groups = Map.groupBy(
        target.posted.filter(({ fields }) => fields[name] !== undefined && fields['timestamp'] !== undefined),
        ({ fields }) => fields[name],
      );
      for (const hooks of groups.values()) {
        const times = hooks.map(({ fields }) => Number(fields['timestamp']));
        assert.deepEqual(
          times,
          times.toSorted((one, other) => one - other),
        );
      }
    }
  });

  it('counts what was accepted: calls, hooks and CDRs by type', async () => {
    await using target = await startDoor(() => 202);
    const { types, cdrs, statuses, events } = await simulate(target, shift, quiet);
    const sum = (of: (row: (typeof types)[number]) => number) =>
      types.reduce((total, row) => total + of(row), 0);
    assert.deepEqual(statuses, { 202: events });
    assert.deepEqual([sum(({ calls }) => calls), sum(({ hooks }) => hooks)], [shift.calls, events]);
    assert.equal(cdrs, target.posted.filter(({ fields }) => makesCdr(fields)).length);
    assert.equal(
      sum((row) => row.cdrs),
      cdrs,
    );
    assert.equal(types.length, 12);
  });

  it('expects no CDR of what was not accepted', async () => {
    await using target = await startDoor(({ state }) => (state === 'leaving' ? 503 : 202));
    const { cdrs, statuses } = await simulate(target, shift, quiet);
    assert.equal(cdrs, 0);
    assert.deepEqual(Object.keys(statuses), ['202', '503']);
  });

  it('says where no door answers', async () => {
    const door = `http://127.0.0.1:${await freePort()}`;
    const { statuses, events } = await simulate({ door, token: 'token' }, shift, quiet);
    assert.deepEqual(statuses, { 'no answer': events });
  });
});
