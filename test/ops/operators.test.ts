// The operators' commands on a run of npm start, from its first hook to its end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { findInTime } from '../support/in-time.ts';
import { until } from '../support/stack.ts';
import { signal, startTenant } from '../support/tenant.ts';

const LIST = 'enigma:notifications:campaigns';

describe('the command line, on a run of npm start', () => {
  it('sends, watches, simulates, examines, lists, shows, replays and drops', async () => {
    await using tenant = await startTenant();
    const nowhere = await tenant.hookline('doctor');
    assert.deepEqual([nowhere.code, /npm start, or name a deployment/.test(nowhere.err)], [1, true]);
    const started = tenant.run();
    await tenant.ready(started);

    await using ending = new AsyncDisposableStack();
    const watching = spawn('bin/hookline', ['watch', '--json', '--type', 'leaving'], {
      cwd: root,
      env: { ...process.env, ...tenant.env, REDIS_URL: '' },
    });
    const ended = once(watching, 'close');
    ending.defer(async () => {
      watching.kill('SIGKILL');
      await ended;
    });
    let watched = '';
    watching.stdout.setEncoding('utf8').on('data', (chunk) => {
      watched += chunk;
    });
    await until('the watch to begin', () => watched.includes('"lists"'));

    const examine = async (): Promise<{ check: string; state: string; detail: string }[]> =>
      JSON.parse((await tenant.hookline('doctor', '--json')).out);
    const findings = await findInTime(examine);
    assert.deepEqual(
      // On a busy machine the canary is slower than Webitel would wait, which is a failure of its own.
      findings.filter(({ check, state }) => state !== 'good' && check !== 'canary'),
      [],
    );
    assert.match(
      findings.find(({ check }) => check === 'canary')?.detail ?? '',
      /^answered after .* ms, heard on Redis after .* ms$/,
    );
    assert.equal(await tenant.client().llen(LIST), 0);

    const sent = await tenant.hookline('send', 'events/webitel/leaving.json');
    assert.deepEqual([sent.code, sent.out.slice(0, 3)], [0, '202']);
    await until('the leaving', () => watched.includes('"type":"leaving"'));
    assert.doesNotMatch(watched, /"type":"joined"/);
    const simulated = await tenant.hookline(
      'simulate',
      '--calls',
      '5',
      '--rate',
      '50',
      '--seed',
      '1',
      '--json',
    );
    assert.deepEqual([simulated.code, Object.keys(JSON.parse(simulated.out).statuses)], [0, ['202']]);
    watching.kill('SIGINT');
    await ended;

    await using folder = await scratch();
    const broken = join(folder.path, 'broken.json');
    await writeFile(broken, '{"channel":"call","attempt_id": }');
    assert.match((await tenant.hookline('send', broken, '--event', 'leaving')).out, /^400 .*"quarantined"/);
    // The exit code of each state is a test of its own.
    const found = await findInTime(examine);
    assert.equal(found.find(({ check }) => check === 'quarantine')?.state, 'warning');
    assert.notEqual((await tenant.hookline('doctor')).code, 0);
    const [reason] = JSON.parse((await tenant.hookline('quarantine', 'list', '--json')).out);
    assert.equal(reason.count, 1);
    assert.match(
      (await tenant.hookline('quarantine', 'show', reason.example)).out,
      /"channel":"call","attempt_id": \}/,
    );
    assert.equal((await tenant.hookline('quarantine', 'replay', '--all')).code, 1);
    await writeFile(broken, '{"channel":"call"}');
    const replayed = await tenant.hookline(
      'quarantine',
      'replay',
      '--id',
      reason.example,
      '--body',
      broken,
      '--set',
      'attempt_id=5',
      '--json',
    );
    assert.deepEqual([replayed.code, JSON.parse(replayed.out)[0].accepted], [0, true]);
    assert.match((await tenant.hookline('quarantine', 'list')).out, /is empty/);
    assert.match((await tenant.hookline('dead-letters', 'list')).out, /no dead letters/);
    assert.match((await tenant.hookline('dead-letters', 'redrive')).out, /^0 redriven/);

    await writeFile(broken, '[]');
    await tenant.hookline('send', broken);
    const [{ example }] = JSON.parse((await tenant.hookline('quarantine', 'list', '--json')).out);
    assert.equal((await tenant.hookline('quarantine', 'drop', example)).code, 0);
    assert.match((await tenant.hookline('quarantine', 'drop', example)).err, /is not in quarantine/);
    signal(started.process, 'SIGTERM');
    assert.equal(await started.exit, 0);
  });

  it('says what is wrong with an argument', async () => {
    await using tenant = await startTenant();
    for (const [args, says] of [
      [['quarantine', 'replay'], /name one with --id, or --all/],
      [['quarantine', 'replay', '--all', '--set', 'x'], /name=value/],
      [['simulate', '--calls', 'many'], /whole number/],
      [['send', 'no-such-file.json'], /no such file/],
      [['teleport'], /unknown command/],
    ] as const) {
      const { code, err } = await tenant.hookline(...args);
      assert.notEqual(code, 0);
      assert.match(err, says);
    }
  });
});
