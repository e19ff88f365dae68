// What an operator can see, mend and send on its way again; and that dying between any two steps costs nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { scratch } from '../../local/scratch.ts';
import { root } from '../../local/settings.ts';
import { eachDeadLetter, redrive, stepsOf as redriveSteps } from '../../ops/dead-letters.ts';
import { eachKept, masked, replay, stepsOf as replaySteps } from '../../ops/quarantine.ts';
import type { Target } from '../../ops/target.ts';
import { exampleEvent } from '../support/dialect-suite.ts';
import { fileText, payload, startStack, TOKEN, until } from '../support/stack.ts';
import { signal, startTenant } from '../support/tenant.ts';

const LIST = 'enigma:notifications:campaigns';

type Stack = Awaited<ReturnType<typeof startStack>>;
type Words = { readonly type: string; readonly payload: Record<string, unknown> };

const targetOf = ({ queue, bridge, server }: Stack): Target => ({
  sqs: queue,
  urls: bridge.sqs.queues,
  tenant: 'default',
  queues: { 42: { name: 'sales' } },
  door: bridge.url,
  token: TOKEN,
  redis: server.url,
});
const words = ({ heard }: Stack) => heard.map(({ message }) => message as Words);
const keptIds = async (target: Target) => {
  const ids: string[] = [];
  await eachKept(target, async ({ id }) => {
    ids.push(id);
    return false;
  });
  return ids;
};

/** Posts a leaving without its attempt_id: 422, and kept. */
async function refuseOne(stack: Stack): Promise<string> {
  const { attempt_id: _, timestamp: __, ...rest } = await payload('leaving');
  const answered = await stack.post('/hooks/webitel', JSON.stringify(rest));
  assert.equal(answered.status, 422);
  return String(answered.body['quarantined']);
}

describe('the quarantine', () => {
  it('hands everything back that is only looked at', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const ids = [await refuseOne(stack), await refuseOne(stack)];
    for (const _ of [1, 2]) assert.deepEqual((await keptIds(target)).sort(), ids.toSorted());
  });

  it('lets go of what is accepted once mended, at its original time and with what is known of its queue', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const before = Date.now();
    const id = await refuseOne(stack);
    const after = Date.now();
    await eachKept(target, async (kept) => {
      const dry = await replay(kept, { set: { attempt_id: '7' } }, target, replaySteps(target), true);
      assert.ok(dry.accepted);
      const result = await replay(kept, { set: { attempt_id: '7' } }, target, replaySteps(target), false);
      assert.deepEqual([result.id, result.accepted], [id, true]);
      return true;
    });
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    const { payload: said } = JSON.parse((await stack.client.lindex(LIST, 0)) ?? '');
    assert.deepEqual([said.attempt_id, said.queue_name], ['7', 'sales']);
    assert.ok(said.received_at >= before && said.received_at <= after);
    assert.deepEqual(await keptIds(target), []);
  });

  it('keeps what is refused again, once, with the new reasons', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const id = await refuseOne(stack);
    await eachKept(target, async (kept) => {
      const result = await replay(kept, { set: { attempt_id: 'soon' } }, target, replaySteps(target), false);
      return !result.accepted && result.moved;
    });
    const problems: unknown[] = [];
    await eachKept(target, async (kept) => {
      problems.push([kept.id, kept.problems[0]?.message]);
      return false;
    });
    assert.deepEqual(problems, [[id, 'must be a whole number of up to 64 bits, such as "918273"']]);
  });

  it('loses nothing and doubles nothing when a replay dies between any two of its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    await refuseOne(stack);
    const died = new Error('died');
    const deadly = [{ enqueue: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }, {}];
    for (const step of deadly) {
      const steps = { ...replaySteps(target), ...step };
      const run = eachKept(
        target,
        async (kept) => (await replay(kept, { set: { attempt_id: '7' } }, target, steps, false)).accepted,
      );
      if (Object.keys(step).length > 0) await assert.rejects(run, died);
      else await run;
    }
    assert.deepEqual(await keptIds(target), []);
    await until('the CDR', async () => (await stack.client.llen(LIST)) > 0);
    await stack.post('/hooks/webitel', await fileText('events/webitel/expired-leaving.json'));
    await until('what was sent after it', () =>
      words(stack).some(({ payload: said }) => said['cc_result'] === 'expired'),
    );
    assert.equal(await stack.client.llen(LIST), 1);
    assert.equal(words(stack).filter(({ payload: said }) => said['attempt_id'] === '7').length, 1);
  });

  it('loses nothing when the keeping of new reasons dies between its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    const id = await refuseOne(stack);
    const died = new Error('died');
    for (const step of [{ quarantine: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }]) {
      const steps = { ...replaySteps(target), ...step };
      await assert.rejects(
        eachKept(
          target,
          async (kept) => (await replay(kept, { set: { attempt_id: 'x' } }, target, steps, false)).accepted,
        ),
        died,
      );
    }
    assert.deepEqual(await keptIds(target), [id]);
  });

  it('shows a body with every word masked that is no field of ours', () => {
    const body = '{"attempt_id": ,"destination":"+420 123","Olena":"Кovaль","use_processing":true}';
    assert.equal(
      masked(body, new Set(['attempt_id', 'destination', 'use_processing'])),
      '{"attempt_id": ,"destination":"+••• •••","•••••":"••••••","use_processing":true}',
    );
  });
});

describe('dead letters', () => {
  const bury = async (stack: Stack, body: string, group: string) => {
    const QueueUrl = stack.bridge.sqs.queues.deadLetters;
    await stack.queue.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: `${body.length}-${group}`,
      }),
    );
  };

  it('go back in the order of their call, past the deduplication, and push no CDR again', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    // The queue has seen both, and Redis the CDR.
    for (const name of ['processing', 'leaving'])
      await stack.post('/hooks/webitel', await fileText(`events/webitel/${name}.json`));
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    // As if the ten minutes were over in which an event is said once.
    await stack.client.del(...(await stack.client.keys('*:said:*')));
    for (const name of ['processing', 'leaving'])
      await bury(stack, JSON.stringify(await exampleEvent(name)), 'attempt:918273');
    const seen: string[] = [];
    for (let round = 0; round < 2; round++) {
      await eachDeadLetter(target, async (letter) => {
        seen.push(letter.what);
        return redrive(letter, redriveSteps(target));
      });
    }
    assert.deepEqual(seen, ['processing', 'leaving']);
    const lifecycle = () =>
      stack.heard
        .filter(({ channel }) => channel.includes(':queues:'))
        .map(({ message }) => (message as Words).type);
    await until('both again', () => lifecycle().length === 4);
    assert.deepEqual(lifecycle(), ['processing', 'leaving', 'processing', 'leaving']);
    assert.equal(await stack.client.llen(LIST), 1);
  });

  it('are neither lost nor doubled when a redrive dies between its steps', async () => {
    await using stack = await startStack();
    const target = targetOf(stack);
    await bury(stack, JSON.stringify(await exampleEvent('leaving')), 'attempt:918273');
    const died = new Error('died');
    for (const step of [{ send: () => Promise.reject(died) }, { remove: () => Promise.reject(died) }]) {
      const steps = { ...redriveSteps(target), ...step };
      await assert.rejects(
        eachDeadLetter(target, (letter) => redrive(letter, steps)),
        died,
      );
    }
    await eachDeadLetter(target, (letter) => redrive(letter, redriveSteps(target)));
    await until('the CDR', async () => (await stack.client.llen(LIST)) === 1);
    let left = 0;
    await eachDeadLetter(target, async () => {
      left++;
      return false;
    });
    assert.equal(left, 0);
    assert.equal(words(stack).length, 1);
  });

  it('that cannot be read say why, without a word of their content', async () => {
    await using stack = await startStack();
    await bury(stack, '{"secret":', 'g');
    const seen: string[] = [];
    await eachDeadLetter(targetOf(stack), async ({ what }) => {
      seen.push(what);
      return false;
    });
    assert.deepEqual(seen, ['unreadable: The message is not JSON']);
  });
});

describe('the command line, on a run of npm start', () => {
  it('sends, watches, simulates, examines, lists, shows, replays and drops', async () => {
    await using tenant = await startTenant();
    const nowhere = await tenant.hookline('doctor');
    assert.deepEqual([nowhere.code, /npm start, or name a deployment/.test(nowhere.err)], [1, true]);
    const started = tenant.run();
    await tenant.ready(started);

    const watching = spawn('bin/hookline', ['watch', '--json', '--type', 'leaving'], {
      cwd: root,
      env: { ...process.env, ...tenant.env, REDIS_URL: '' },
    });
    let watched = '';
    watching.stdout.on('data', (chunk) => {
      watched += chunk;
    });
    await until('the watch to begin', () => watched.includes('"lists"'));

    const doctor = await tenant.hookline('doctor', '--json');
    assert.equal(doctor.code, 0, doctor.out + doctor.err);
    const findings: { check: string; state: string; detail: string }[] = JSON.parse(doctor.out);
    assert.deepEqual(
      findings.filter(({ state }) => state !== 'good'),
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
    const before = await tenant.client().llen(LIST);
    const simulated = await tenant.hookline(
      'simulate',
      ...['--calls', '20', '--rate', '50', '--speed', '600', '--seed', '1', '--json'],
    );
    const { statuses, cdrs } = JSON.parse(simulated.out);
    assert.deepEqual([simulated.code, Object.keys(statuses)], [0, ['202']]);
    await until('its CDRs', async () => (await tenant.client().llen(LIST)) === before + cdrs);
    const shown = await tenant.hookline('simulate', '--calls', '3', '--speed', '600');
    assert.match(shown.out, /^3 calls, \d+ hooks: .*\n\ntype +calls +hooks +CDRs\n/);
    assert.match(shown.out, /\n\nanswers {2}202: \d+\nCDRs to expect in each list: [0-3]\n$/);
    assert.ok(shown.out.split('\n').every((line) => line.length <= 80 && /^[\x20-\x7e]*$/.test(line)));
    const ended = once(watching, 'exit');
    watching.kill('SIGINT');
    await ended;

    await using folder = await scratch();
    const broken = join(folder.path, 'broken.json');
    await writeFile(broken, '{"channel":"call","attempt_id": }');
    assert.match((await tenant.hookline('send', broken, '--event', 'leaving')).out, /^400 .*"quarantined"/);
    assert.equal((await tenant.hookline('doctor')).code, 2);
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
      [['simulate', '--speed', '0.5'], /number from 1/],
      [['send', 'no-such-file.json'], /no such file/],
      [['teleport'], /unknown command/],
    ] as const) {
      const { code, err } = await tenant.hookline(...args);
      assert.notEqual(code, 0);
      assert.match(err, says);
    }
  });
});
