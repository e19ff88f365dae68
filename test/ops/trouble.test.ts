// Whatever is silent: each command ends by itself, and says what did not answer and what to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { postHook } from '../../ops/post-hook.ts';
import { startTestRedis, until } from '../support/stack.ts';
import { startRunHere, startSilence } from './run-here.ts';

type Finding = {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string;
};

describe('with a Redis that is frozen', () => {
  it('the doctor ends, with a failure that says so and the remedy', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    process.kill(redis.server.pid, 'SIGSTOP');
    try {
      const { code, out } = await run.hookline('doctor', '--json');
      assert.equal(code, 1, out);
      const findings: Finding[] = JSON.parse(out);
      for (const check of ['Redis', 'canary']) {
        const finding = findings.find((found) => found.check === check);
        assert.equal(finding?.state, 'failed');
        assert.match(finding?.detail ?? '', /timed ?out/i);
        assert.match(finding?.remedy ?? '', /frozen/);
      }
    } finally {
      process.kill(redis.server.pid, 'SIGCONT');
    }
  });

  it('a watch that begins ends with an error of one line', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    process.kill(redis.server.pid, 'SIGSTOP');
    try {
      const { code, out, err } = await run.hookline('watch');
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^hookline: .*timed ?out.*frozen.*\n$/i);
    } finally {
      process.kill(redis.server.pid, 'SIGCONT');
    }
  });

  it('a watch that goes on ends, too, by itself or by SIGTERM', async () => {
    for (const signal of [undefined, 'SIGTERM', 'SIGINT'] as const) {
      await using redis = await startTestRedis();
      await using run = await startRunHere({ redis: redis.server.url });
      const watching = run.start(['watch']);
      await until('the watch to begin', () => watching.out().includes('campaigns'));
      process.kill(redis.server.pid, 'SIGSTOP');
      try {
        if (signal !== undefined) watching.process.kill(signal);
        assert.equal(await watching.exit, signal === undefined ? 1 : 0, watching.err());
      } finally {
        process.kill(redis.server.pid, 'SIGCONT');
      }
    }
  });

  it('a watch that waits for its first answer is ended by SIGTERM', async () => {
    await using silence = await startSilence();
    await using run = await startRunHere({ redis: `redis://${silence.address}` });
    const watching = run.start(['watch']);
    await until('the watch to ask', silence.asked);
    watching.process.kill('SIGTERM');
    assert.equal(await watching.exit, 0, watching.err());
  });
});

describe('with a Redis that is gone', () => {
  it('a watch ends with an error that says so, in one line without a stack', async () => {
    await using run = await startRunHere();
    const { code, out, err } = await run.hookline('watch', '--json');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^hookline: .*ECONNREFUSED.*check that it runs.*\n$/);
  });
});

describe('with queues that are silent', () => {
  it('every command ends with an error that names SQS and the remedy', async () => {
    await using silence = await startSilence();
    const endpoint = `http://${silence.address}`;
    const url = (name: string) => `${endpoint}/000000000000/${name}`;
    await using run = await startRunHere({
      sqs: endpoint,
      urls: {
        events: url('events.fifo'),
        deadLetters: url('dead-letters.fifo'),
        quarantine: url('quarantine'),
      },
    });
    const commands = [
      ['quarantine', 'list'],
      ['quarantine', 'show', 'x'],
      ['quarantine', 'replay', '--all'],
      ['quarantine', 'drop', 'x'],
      ['dead-letters', 'list'],
      ['dead-letters', 'redrive'],
    ];
    const ended = await Promise.all(commands.map((args) => run.hookline(...args)));
    for (const { code, err } of ended) {
      assert.equal(code, 1);
      assert.match(err, /^hookline: SQS .*: check the network.*\n$/);
    }
    const { code, out } = await run.hookline('doctor');
    assert.equal(code, 1);
    assert.match(out, /FAIL {2}queues {10}SQS .*\n {6}→ check the network/);
  });
});

describe('with a door that is silent', () => {
  it('the doctor ends, and names the door', async () => {
    await using redis = await startTestRedis();
    await using silence = await startSilence();
    const where = { redis: redis.server.url, url: `http://${silence.address}` };
    await using run = await startRunHere(where, {}, { INCOMPLETE_LISTS: 'given-up' });
    const { code, out } = await run.hookline('doctor');
    assert.equal(code, 1);
    assert.match(out, /ok {4}Redis .*\n/);
    assert.match(out, /ok {4}lists .*:campaigns 0, enigma:notifications:given-up 0\n/);
    assert.match(out, /FAIL {2}canary {10}the door .*\n {6}→ check --url/);
  });
});

describe('a hook that is posted by hand', () => {
  it('is given up where the door is silent, or nothing is there, with what to do', async () => {
    await using silence = await startSilence();
    const silent = postHook(`http://${silence.address}/hooks/webitel`, 't', '{}', 50);
    await assert.rejects(silent, /^Unanswered: the door at http:\/\/127\S+ gives no answer .*timeout/);
    await using run = await startRunHere();
    const { code, err } = await run.hookline('send', 'events/webitel/joined.json');
    assert.equal(code, 1);
    assert.match(err, /^hookline: the door at http:\S+ gives no answer .*: npm start, or name the door.*\n$/);
  });
});

describe('with an output that nobody reads any more', () => {
  it('a command ends quietly', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    const watching = run.start(['watch']);
    await until('the watch to begin', () => watching.out().includes('campaigns'));
    watching.process.stdout.destroy();
    const message = JSON.stringify({ type: 'joined', payload: { queue_id: '42' } });
    await until('the end', async () => {
      await redis.client.publish('enigma:notifications:queues:42', message);
      return watching.process.exitCode !== null || watching.process.signalCode !== null;
    });
    assert.deepEqual([await watching.exit, watching.err()], [0, '']);
    for (const args of [['quarantine', 'list'], ['--help'], ['doctor']]) {
      const command = run.start(args);
      command.process.stdout.destroy();
      assert.deepEqual([await command.exit, command.err()], [0, '']);
    }
  });
});
