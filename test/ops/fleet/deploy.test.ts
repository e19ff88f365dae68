// hookline deploy and rollback, from the tenants' files to what the fake of AWS has afterwards.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { readVariables } from '../../../ops/fleet/template.ts';
import { isLate } from '../../support/in-time.ts';
import { startSecretsManager } from '../../support/secrets-manager.ts';
import { startStack, TOKEN, until } from '../../support/stack.ts';
import { startFleet } from './run-fleet.ts';

type Fleet = Awaited<ReturnType<typeof startFleet>>;
let fleet: Fleet;
before(async () => {
  fleet = await startFleet();
  await fleet.write('acme', {});
  await fleet.write('bolt', { stages: { prod: { front: 'functionUrl' } } });
});
after(() => fleet[Symbol.asyncDispose]());
beforeEach(() => {
  Object.assign(fleet.aws.knobs, { fault: undefined, broken: undefined });
  fleet.aws.calls.length = 0;
});

const deploy = (...args: string[]) => fleet.hookline(['deploy', '--stage', 'prod', '--watch', '0', ...args]);
const outputs = (tenant: string) =>
  fleet.aws.stacks.get(`hookline-prod--${tenant}`)?.template.Outputs as Record<string, { Value: string }>;
const variables = (tenant: string) => {
  const { template } = fleet.aws.stacks.get(`hookline-prod--${tenant}`) ?? {};
  assert.ok(template);
  return readVariables(template, 'ConsumerLambdaFunction');
};
/** What is printed fits a terminal, and is one line of what went wrong, without a stack. */
const assertRefused = ({ code, err }: { code: number; err: string }, words: RegExp) => {
  assert.equal(code, 1);
  assert.match(err, words);
  assert.match(err, /^hookline: [^\n]*\n$/);
};
const assertNarrow = (out: string) => {
  for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
};

describe('a dry run', () => {
  it('prints a table of all tenants that have the stage, and asks no account', async () => {
    const env = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const { code, out } = await fleet.hookline(['deploy', '--all', '--stage', 'prod', '--dry-run'], env);
    assert.deepEqual([code, fleet.aws.calls], [0, []]);
    assert.match(out, /^hookline-prod--acme {2}HTTP API {2}eu-central-1 {2}[\da-f]{8} {2}in wave 1$/m);
    assert.match(out, /^hookline-prod--bolt {2}function {2}eu-central-1 {2}[\da-f]{8} {2}in wave 2$/m);
    assertNarrow(out);
    assert.doesNotMatch(out, /docs\/quotas\.md/);
    await fleet.write('acme', { settings: { consumerConcurrency: 1000 } });
    const dev = await fleet.hookline(['deploy', '--all', '--stage', 'dev', '--dry-run']);
    await fleet.write('acme', {});
    assert.doesNotMatch(dev.out, /bolt/);
    assert.match(dev.out, /^eu-central-1: reservations take 0, consumers and sweeps up to 1,001 at once/m);
    assertNarrow(dev.out);
  });

  it('names everything that is wrong in any file, and so does a deployment, before it asks', async () => {
    await fleet.write('wrong', { settings: { allowedIps: ['foo'] } });
    await fleet.write('wrong-too', { settings: { fron: 'httpApi' } });
    for (const more of [['--dry-run'], []]) {
      const refused = await deploy('--all', ...more);
      assertRefused(
        refused,
        /tenants\/wrong\.json: .*allowedIps.*tenants\/wrong-too\.json: .*is front meant/,
      );
    }
    await fleet.write('wrong', { stages: {} });
    await fleet.write('wrong-too', { stages: {} });
    assert.deepEqual(fleet.aws.calls, []);
    assertRefused(await deploy('wrong'), /stages has no prod/);
    assertRefused(await deploy(), /name tenants, or give --all/);
  });
});

describe('a deployment', () => {
  it('creates what is not there, and skips what is deployed already', async () => {
    const preview = await deploy('--all', '--preview');
    assert.equal(preview.code, 0, preview.err);
    assert.match(preview.out, /^hookline-prod--acme\n {2}new: \d+ resources$/m);
    assert.equal(fleet.aws.stacks.size, 0);
    // Stopped on the way: the second fails.
    fleet.aws.knobs.broken = {
      stack: 'hookline-prod--bolt',
      resource: 'LostAlarm',
      reason: 'no more alarms',
    };
    const first = await deploy('--all');
    assert.equal(first.code, 1);
    assert.match(first.out, /^hookline-prod--acme .*deployed .*answers$/m);
    assert.match(first.err, /^stopped: hookline-prod--bolt failed: .*LostAlarm: no more alarms/);
    assertNarrow(first.out);
    fleet.aws.knobs.broken = undefined;
    const again = await deploy('--all');
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /^1 deployed already as the files have them: skipped$/m);
    assert.match(again.out, /^hookline-prod--acme .*unchanged .*answers$/m);
    assert.match(again.out, /^hookline-prod--bolt .*deployed .*answers$/m);
    assert.ok(fleet.aws.stacks.get('hookline-prod--acme')?.isProtected);
    fleet.aws.calls.length = 0;
    const third = await deploy('--all');
    // One listing, and nothing else.
    assert.deepEqual([third.code, fleet.aws.calls], [0, ['DescribeStacks']]);
  });

  it('protects a stack again whose last run ended before it could, and changes nothing else', async () => {
    const stack = fleet.aws.stacks.get('hookline-prod--acme');
    assert.ok(stack);
    stack.isProtected = false;
    const { code, out, err } = await deploy('acme');
    assert.equal(code, 0, err);
    assert.match(out, /^hookline-prod--acme\n {2}switches deletion protection on\nwave/m);
    assert.ok(stack.isProtected);
    assert.ok(!fleet.aws.calls.includes('ExecuteChangeSet'));
  });

  it('does not go past a tenant that is deployed, but whose door does not answer', async () => {
    fleet.aws.knobs.unwell.add('hookline-prod--acme');
    const { code, err } = await deploy('acme');
    fleet.aws.knobs.unwell.clear();
    assert.equal(code, 1);
    assert.match(err, /^stopped: hookline-prod--acme is deployed already, but the door answers 500/);
  });

  it('shows in words what changes, and asks where hooks or CDRs would go elsewhere', async () => {
    await fleet.write('acme', { settings: { enigmaBase: 'acme', front: 'functionUrl', logRetention: 90 } });
    const refused = await deploy('acme');
    assertRefused(
      refused,
      /nothing was changed: .*the URL of the door changes.*from enigma:notifications to acme.*give --yes/,
    );
    assert.match(refused.out, /^ {2}changes WebhookLogGroup \(RetentionInDays\)$/m);
    assert.match(refused.out, /^ {2}! the URL of the door changes/m);
    assertNarrow(refused.out);
    assert.equal(fleet.aws.changeSets.size, 0);
    assert.ok(outputs('acme')['HttpApiUrl']);
    const agreed = await deploy('acme', '--yes');
    assert.equal(agreed.code, 0, agreed.err);
    assert.deepEqual([outputs('acme')['HttpApiUrl'], variables('acme')['ENIGMA_BASE']], [undefined, 'acme']);
    // The group of the gateway's log stays, and is taken over when the gateway comes back.
    assert.ok(fleet.aws.logGroups.has('/aws/vendedlogs/http-api/hookline-prod--acme'));
    await fleet.write('acme', { settings: { enigmaBase: 'acme' } });
    const back = await deploy('acme', '--yes');
    assert.equal(back.code, 0, back.err);
    assert.ok(outputs('acme')['HttpApiUrl']);
  });

  it('goes back to what was deployed before, and forward again', async () => {
    const [now = '', earlier = ''] = ['Content', 'PreviousContent'].map(
      (name) => outputs('acme')[name]?.Value,
    );
    await fleet.write('acme', { settings: { enigmaBase: 'acme', notifyTtl: 90 } });
    assert.equal((await deploy('acme')).code, 0);
    assert.deepEqual(
      [outputs('acme')['PreviousContent']?.Value, variables('acme')['NOTIFY_TTL']],
      [now, '90'],
    );
    const rollback = () => fleet.hookline(['rollback', 'acme', '--stage', 'prod', '--watch', '0']);
    const { code, out, err } = await rollback();
    assert.equal(code, 0, err);
    // And nothing else: two packages of the same are the same.
    assert.match(out, /^hookline-prod--acme\n {2}changes ConsumerLambdaFunction \(Environment\)\nwave/);
    assert.deepEqual([outputs('acme')['Content']?.Value, variables('acme')['NOTIFY_TTL']], [now, undefined]);
    assert.equal((await rollback()).code, 0);
    assert.equal(variables('acme')['NOTIFY_TTL'], '90');
    assert.notEqual(earlier, now);
    const never = await fleet.hookline(['rollback', 'bolt', '--stage', 'prod']);
    assertRefused(never, /hookline-prod--bolt names nothing before it/);
    assertRefused(
      await fleet.hookline(['rollback', 'acme', '--stage', 'dev']),
      /hookline-dev--acme is not deployed/,
    );
  });

  it('goes back to nothing that would replace a queue', async () => {
    const stack = fleet.aws.stacks.get('hookline-prod--acme');
    const queue = stack?.template.Resources['EventsQueue'];
    assert.ok(stack && queue);
    const [deployed, other] = [stack.template, { ...queue.Properties, QueueName: 'other.fifo' }];
    const Resources = { ...deployed.Resources, EventsQueue: { ...queue, Properties: other } };
    stack.template = { ...deployed, Resources };
    const refused = await fleet.hookline(['rollback', 'acme', '--stage', 'prod', '--yes']);
    stack.template = deployed;
    assertRefused(refused, /EventsQueue holds data, and is replaced.*a rollback never touches queues/);
    assert.equal(fleet.aws.changeSets.size, 0);
  });

  it('sends the canary through the real door where the token and Redis are known', async () => {
    await using stack = await startStack({ ENIGMA_BASE: 'acme' });
    fleet.aws.knobs.doors.set('hookline-prod--acme', stack.bridge.url);
    const keys = { HOOK_TOKENS: TOKEN, REDIS_URL: stack.server.url };
    const args = ['deploy', 'acme', '--stage', 'prod', '--watch', '0'];
    // A busy machine may answer the canary too late, or later than Webitel would wait, which stops a deployment.
    const untilInTime = (env: NodeJS.ProcessEnv, more: readonly string[] = []) =>
      until('a canary in time', async () => {
        const ended = await fleet.hookline([...args, ...more], env);
        return !isLate(ended.err) && !ended.err.includes('answered after') && ended;
      });
    const heard = await untilInTime(keys);
    assert.match(heard.out, /^hookline-prod--acme .*unchanged .*canary heard$/m, heard.err);
    await using secrets = await startSecretsManager({ hook_tokens: TOKEN, redis_url: stack.server.url });
    // Of every tenant that is named, with the SDK's credentials; the secret of the fake is that of this tenant.
    const endpoint = { AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.env.AWS_ENDPOINT_URL_SECRETS_MANAGER };
    const read = await untilInTime(endpoint, ['--secrets']);
    assert.match(read.out, /^hookline-prod--acme .*unchanged .*canary heard$/m, read.err);
    secrets.break('denied');
    const denied = await fleet.hookline([...args, '--secrets'], endpoint);
    assertRefused(
      denied,
      /the secret hookline\/prod\/acme cannot be read .*: give the credentials secretsmanager/,
    );
    const wrong = await untilInTime({ ...keys, HOOK_TOKENS: 'wrong' });
    fleet.aws.knobs.doors.clear();
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /canary: the door answered 401/);
  });

  it('does not go past a tenant whose alarm went off soon after its deployment, unless that is agreed to', async () => {
    const stack = fleet.aws.stacks.get('hookline-prod--acme');
    assert.ok(stack);
    const { alarms } = fleet.aws.knobs;
    await fleet.write('bolt', { stages: { prod: { front: 'functionUrl', notifyTtl: 90 } } });
    alarms.add('hookline-prod--acme-lost');
    const { code, out, err } = await deploy('--all');
    assert.equal(code, 1);
    assert.match(
      err,
      /^stopped: hookline-prod--acme is deployed already, but hookline-prod--acme-lost went off/,
    );
    assert.match(out, /^hookline-prod--bolt .*not reached/m);
    // Nothing else is to be deployed.
    assert.equal((await deploy('acme')).code, 0);
    // Of another tenant, whose name begins alike.
    alarms.clear();
    alarms.add('hookline-prod--acme-b-lost');
    assert.equal((await deploy('--all')).code, 0);
    await fleet.write('bolt', { stages: { prod: { front: 'functionUrl' } } });
    alarms.add('hookline-prod--acme-lost');
    assert.equal((await deploy('--all', '--yes')).code, 0);
    // Whatever it is, this deployment is not the cause.
    stack.updated = new Date(0);
    await fleet.write('bolt', { stages: { prod: { front: 'functionUrl', notifyTtl: 90 } } });
    assert.equal((await deploy('--all')).code, 0);
    alarms.clear();
    await fleet.write('bolt', { stages: { prod: { front: 'functionUrl' } } });
    assert.equal((await deploy('--all')).code, 0);
  });
});

describe('what stands in the way', () => {
  it('is another run, a creation that failed, and an update that could not be taken back', async () => {
    const stack = fleet.aws.stacks.get('hookline-prod--bolt');
    assert.ok(stack);
    stack.status = 'UPDATE_IN_PROGRESS';
    assertRefused(await deploy('bolt'), /another deployment works on it \(UPDATE_IN_PROGRESS\): wait/);
    stack.status = 'UPDATE_ROLLBACK_FAILED';
    assertRefused(await deploy('bolt'), /continue-update-rollback/);
    stack.status = 'ROLLBACK_COMPLETE';
    assertRefused(await deploy('bolt'), /its creation failed \(ROLLBACK_COMPLETE\).*--yes does that/);
    stack.isProtected = false;
    assert.equal((await deploy('bolt', '--yes', '--preview')).code, 0);
    assert.equal(stack.status, 'ROLLBACK_COMPLETE');
  });

  it('is AWS itself: throttled, expired, unknown or missing credentials, a missing right', async () => {
    for (const [code, words] of [
      ['Throttling', /throttles the calls of this account: run the same command again/],
      ['ExpiredToken', /the AWS credentials have expired: sign in again/],
      ['InvalidClientTokenId', /AWS does not know the credentials: check AWS_PROFILE/],
      ['AccessDenied', /CloudFormation refuses it: .*DescribeStacks.*: give these credentials that right/],
    ] as const) {
      fleet.aws.knobs.fault = { code, message: 'User is not allowed cloudformation:DescribeStacks' };
      assertRefused(await fleet.hookline(['fleet', '--stage', 'prod']), words);
    }
    fleet.aws.knobs.fault = undefined;
    const env = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
    assertRefused(
      await fleet.hookline(['fleet', '--stage', 'prod'], env),
      /there are no AWS credentials: set AWS_PROFILE/,
    );
    const away = { AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:1' };
    assertRefused(
      await fleet.hookline(['fleet', '--stage', 'prod'], away),
      /CloudFormation cannot be asked \(.*ECONNREFUSED/,
    );
  });
});
