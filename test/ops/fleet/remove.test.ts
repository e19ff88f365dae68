// hookline drain and remove: nothing that waits is lost, and a new stack takes over what the old one left.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readVariables } from '../../../ops/fleet/template.ts';
import { startFleet } from './run-fleet.ts';

type Fleet = Awaited<ReturnType<typeof startFleet>>;
const EVENTS = 'hookline-prod--acme-events.fifo';
const STACK = 'hookline-prod--acme';
const warm = { provisionedConcurrency: 2, secretVersion: '0123456789abcdef0123456789abcdef' };
let fleet: Fleet;
before(async () => {
  fleet = await startFleet();
  await fleet.write('acme', { settings: warm });
  const { code, err } = await run('deploy', '--watch', '0');
  assert.equal(code, 0, err);
});
after(() => fleet[Symbol.asyncDispose]());

const run = (command: string, ...args: string[]) =>
  fleet.hookline([command, 'acme', '--stage', 'prod', ...args]);
const send = (deduplication: string) =>
  fleet.aws.local.sendMessage(EVENTS, 'event', {
    messageGroupId: 'g',
    messageDeduplicationId: deduplication,
  });
const waiting = () => fleet.aws.local.inspectQueue(EVENTS)?.messages.ready.length ?? 0;
const empty = () => {
  const { attributes = {} } = fleet.aws.local.inspectQueue(EVENTS) ?? {};
  fleet.aws.local.deleteQueue(EVENTS);
  fleet.aws.local.createQueue(EVENTS, { attributes: { FifoQueue: attributes['FifoQueue'] ?? 'true' } });
};
const resources = () => fleet.aws.stacks.get(STACK)?.template.Resources ?? {};
const door = () => readVariables({ Resources: resources() }, 'WebhookLambdaFunction')['DOOR'];
const versions = () => Object.keys(resources()).filter((name) => name.startsWith('WebhookLambdaVersion'));
const accept = (hooks: number) => {
  fleet.aws.knobs.points = (_, metric) => (metric === 'NumberOfMessagesSent' ? [[60, hooks]] : []);
};

describe('a drain', () => {
  it('is refused while hooks come, since those that follow would be lost', async () => {
    accept(3);
    const { code, err } = await run('drain');
    assert.equal(code, 1);
    assert.match(
      err,
      /^hookline: nothing was changed: 3 hooks were accepted in the last 15 minutes[^\n]*\n$/,
    );
    assert.equal(door(), undefined);
    accept(0);
  });

  it('closes warm doors by a version of their own, and waits until the events queue is empty', async () => {
    const [open] = versions();
    send('one');
    send('two');
    // The file has moved on; only the door is closed.
    await fleet.write('acme', { settings: { ...warm, enigmaBase: 'other' } });
    const args = ['drain', 'acme', '--stage', 'prod', '--still', '0'];
    // As the consumer would.
    const consume = (text: string) => void (/2 events wait/.test(text) && empty());
    const { code, out, err } = await fleet.hookline(args, {}, consume);
    assert.equal(code, 0, err);
    assert.match(out, /acme: 2 events wait\n.*acme: 0 events wait\n.*the events queue is empty/s);
    assert.equal(door(), 'draining');
    const { template, tags } = fleet.aws.stacks.get(STACK) ?? {};
    assert.equal(template && readVariables(template, 'ConsumerLambdaFunction')['ENIGMA_BASE'], undefined);
    assert.equal(tags?.find(({ Key }) => Key === 'tenant')?.Value, 'acme');
    assert.equal(versions().length, 1);
    assert.notEqual(versions()[0], open);
  });

  it('gives up in time, and says that the events are kept and the door is closed', async () => {
    await fleet.write('acme', { settings: warm });
    send('three');
    const { code, out, err } = await run('drain', '--still', '0', '--timeout', '1');
    assert.equal(code, 1);
    // It was closed already: nothing is deployed again.
    assert.doesNotMatch(out, /wave/);
    assert.match(err, /acme: 1 events still wait after 1 s; the door stays closed, and they are kept/);
  });

  it('ends with the next deployment: the door is as the file has it', async () => {
    assert.equal((await run('deploy', '--watch', '0')).code, 0);
    assert.equal(door(), undefined);
  });
});

describe('a removal', () => {
  it('is refused while the stack is protected, while events wait, and while hooks come', async () => {
    assert.match(
      (await run('remove')).err,
      /is protected: "deletionProtection": false in tenants\/acme\.json/,
    );
    await fleet.write('acme', { settings: { ...warm, deletionProtection: false } });
    assert.equal((await run('deploy', '--watch', '0')).code, 0);
    accept(7);
    const { code, err } = await run('remove');
    assert.equal(code, 1);
    assert.match(
      err,
      /was not removed: 7 hooks were accepted .*; 1 events wait, .*hookline drain first.*--yes\n$/,
    );
    assert.ok(fleet.aws.stacks.has(STACK));
    accept(0);
  });

  it('keeps queues and logs, and says so', async () => {
    const { code, out, err } = await run('remove', '--yes');
    assert.equal(code, 0, err);
    assert.equal(fleet.aws.stacks.has(STACK), false);
    assert.match(out, /^ {2}hookline-prod--acme-events\.fifo$/m);
    assert.match(out, /^ {2}\/aws\/lambda\/hookline-prod--acme-webhook$/m);
    assert.match(out, /The queues hold 1 events, 0 dead letters and 0 refused hooks/);
    assert.equal(waiting(), 1);
    assert.ok(fleet.aws.logGroups.has('/aws/lambda/hookline-prod--acme-webhook'));
    assert.match((await run('remove')).err, /hookline-prod--acme is not deployed in eu-central-1/);
  });

  it('is followed by a deployment that takes over what stayed, with the events in it', async () => {
    // One of them was deleted by hand.
    fleet.aws.local.deleteQueue('hookline-prod--acme-dead-letters.fifo');
    const { code, out, err } = await run('deploy', '--watch', '0');
    assert.equal(code, 0, err);
    assert.match(out, /takes over what is there already:\n? .*EventsQueue, QuarantineQueue/s);
    assert.equal(waiting(), 1);
    assert.ok('RedrivePolicy' in (resources()['EventsQueue']?.Properties ?? {}));
    assert.equal(resources()['EventsQueue']?.['DeletionPolicy'], 'RetainExceptOnCreate');
  });

  it('of what was taken over, nothing goes when the deployment then fails', async () => {
    assert.equal((await run('remove', '--yes')).code, 0);
    fleet.aws.knobs.broken = { stack: STACK, resource: 'LostAlarm', reason: 'no more alarms' };
    assert.equal((await run('deploy', '--watch', '0')).code, 1);
    assert.equal(waiting(), 1);
    fleet.aws.knobs.broken = undefined;
    assert.equal((await run('deploy', '--watch', '0')).code, 0);
    assert.equal(waiting(), 1);
  });
});
