// tenants/<tenant>.json: what is wrong in it is an error that names the key and the remedy.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { describeVariables } from '../../lib/config.ts';
import { nameDeployment } from '../../local/deployed-names.ts';
import { makeDeployment } from '../../local/deployment.ts';
import { root } from '../../local/settings.ts';
import { readTenantFile, tenantFile } from '../../local/tenant-file.ts';
import { listSettings } from '../../local/tenant-schema.ts';

const read = (file: unknown) => () => readTenantFile(JSON.stringify(file));
const deploy = (file: unknown, stage = 'prod') => makeDeployment(stage, 'acme', read(file)());
const VERSION = '0123456789abcdef0123456789abcdef';

describe("a tenant's file", () => {
  it('of this repository is good, those of old shape too', async () => {
    for (const file of readdirSync(join(root, 'tenants')))
      assert.ok(makeDeployment('prod', 'acme', await tenantFile(file.replace('.json', ''))));
    assert.deepEqual(read({ queues: { 42: { name: 'sales' } }, live: {} })().queues, {
      42: { name: 'sales' },
    });
    assert.deepEqual(read({})().queues, {});
  });

  it('with an unknown key is refused, with the key that was meant', () => {
    for (const [file, message] of [
      [{ queuez: {} }, /^queuez is unknown: is queues meant\?$/],
      [{ settings: { fron: 'functionUrl' } }, /^settings\.fron is unknown: is front meant\?$/],
      [{ stages: { prod: { notifyTTL: 5 } } }, /^stages\.prod\.notifyTTL is unknown: is notifyTtl meant\?$/],
      [{ settings: { xyz: 1 } }, /^settings\.xyz is unknown: docs\/deploy\.md has the keys$/],
      [{ queues: { 42: { nam: 'sales' } } }, /^queues\.42\.nam is unknown/],
      [{ live: { profile: {} } }, /^live\.profile is unknown/],
    ] as const)
      assert.throws(read(file), ({ message: said }: Error) => message.test(said), JSON.stringify(file));
  });

  it('with a value that a function would refuse is refused by the same schema', () => {
    for (const [settings, message] of [
      [{ allowedIps: ['foo'] }, /^settings\.allowedIps must be addresses or networks/],
      [{ allowedIps: '10.0.0.0/8' }, /^settings\.allowedIps must be a list$/],
      [{ dialects: ['enigmo'] }, /^settings\.dialects\.0 must be enigma or newfies$/],
      [{ dialects: [] }, /^settings\.dialects names none of enigma/],
      [{ cdrLists: ['a,b'] }, /^settings\.cdrLists\.0 must be a text without a comma/],
      [{ notifyTtl: 'soon' }, /^settings\.notifyTtl must be a whole number/],
      [{ liveMax: 0 }, /^settings\.liveMax must be a number of entries, 1 or more$/],
      [{ live: 'yes' }, /^settings\.live must be on or off$/],
      [{ enigmaBase: '' }, /^settings\.enigmaBase is empty/],
      [{ front: 'url' }, /^settings\.front must be httpApi or functionUrl$/],
      [{ network: 'vpc', subnetIds: ['subnet-1'] }, /^settings\.subnetIds\.0 must be such as subnet-/],
      [{ consumerConcurrency: 1 }, /^settings\.consumerConcurrency must be 2 or more$/],
      [{ logRetention: 31 }, /^settings\.logRetention must be one of 1, 3/],
      [{ secrets: 'later' }, /^settings\.secrets must be environment or runtime$/],
      [{ throttle: { rate: 5 } }, /^settings\.throttle\.burst must be a whole number/],
      [{ throttle: 500 }, /^settings\.throttle must be such as \{"rate":500/],
      [{ webhookReservation: 0 }, /^settings\.webhookReservation must be 1 or more$/],
      [{ systemLogLevel: 'warn' }, /^settings\.systemLogLevel must be INFO or WARN$/],
      [{ kmsKey: 'alias/mine' }, /^settings\.kmsKey must be the ARN of a key/],
      [{ dashboard: 'yes' }, /^settings\.dashboard must be true or false$/],
      [{ alarmTopic: 'me' }, /^settings\.alarmTopic must be the ARN of an SNS topic$/],
      [
        { silence: { minutes: 30, fromHour: 20, untilHour: 6 } },
        /^settings\.silence must begin before it ends/,
      ],
    ] as const)
      assert.throws(
        read({ settings }),
        ({ message: said }: Error) => message.test(said),
        JSON.stringify(settings),
      );
    assert.throws(() => readTenantFile('{'), /must be JSON, such as \{"queues":\{\}\}/);
    assert.throws(() => readTenantFile('[]'), /must be a JSON object/);
  });

  it('has a key for every setting of the functions, but for what the deployment gives itself', () => {
    const given =
      /^(?:AWS_(?:LAMBDA_FUNCTION_NAME|REGION|ENDPOINT_URL_(?:SQS|SECRETS_MANAGER)|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|TENANT|QUEUES|EVENTS_QUEUE_URL|QUARANTINE_QUEUE_URL|HOOK_TOKENS|REDIS_URL|SECRET_ID)$/;
    const names = listSettings().map((name) =>
      name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    );
    for (const variable of Object.values(describeVariables()).flatMap(Object.keys))
      assert.equal(names.includes(variable), !given.test(variable), variable);
  });
});

describe('a deployment', () => {
  it('has the settings of every stage, and those of its own before them', () => {
    const file = {
      settings: { cdrLists: ['campaigns', 'x:y'], notifyTtl: 30, redisCluster: true, front: 'functionUrl' },
      stages: { prod: { notifyTtl: 5, allowedIps: ['10.0.0.0/8', '192.0.2.1'] }, dev: {} },
    };
    const { environment, front } = deploy(file);
    const { REDIS_URL, ...consumer } = environment.consumer;
    assert.deepEqual(consumer, { CDR_LISTS: 'campaigns,x:y', NOTIFY_TTL: '5', REDIS_CLUSTER: 'true' });
    assert.equal(REDIS_URL, '{{resolve:secretsmanager:hookline/prod/acme:SecretString:redis_url::}}');
    assert.equal(environment.webhook['ALLOWED_IPS'], '10.0.0.0/8,192.0.2.1');
    assert.equal(environment.sweep['TENANT'], 'acme');
    assert.equal(front, 'functionUrl');
    assert.equal(deploy(file, 'dev').environment.consumer['NOTIFY_TTL'], '30');
  });

  it('in a VPC needs its ids, be they of the stage or of all', () => {
    assert.throws(
      () => deploy({ settings: { network: 'vpc' } }),
      /network is vpc: subnetIds and securityGroupIds/,
    );
    const ids = { subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] };
    assert.equal(deploy({ settings: ids, stages: { prod: { network: 'vpc' } } }).network, 'vpc');
  });

  it('with warm webhooks needs the version of its secret: else a rotation would change nothing', () => {
    const settings = { provisionedConcurrency: 1 };
    assert.throws(() => deploy({ settings }), /provisionedConcurrency without secretVersion: .*VersionId/);
    const { environment } = deploy({ settings, stages: { prod: { secretVersion: VERSION } } });
    assert.match(JSON.stringify(environment.webhook), new RegExp(`:hook_tokens::${VERSION}\\}\\}`));
  });

  it('with a secret that is read at run time needs no version, and has none', () => {
    const runtime = { secrets: 'runtime', provisionedConcurrency: 1 };
    const { environment, secretRoles, parts } = deploy({ settings: runtime });
    assert.equal(environment.webhook['SECRET_ID'], 'hookline/prod/acme');
    assert.deepEqual(environment.consumer, { SECRET_ID: 'hookline/prod/acme' });
    assert.deepEqual([secretRoles.length, parts.secrets], [3, 'runtime']);
    assert.throws(
      () => deploy({ settings: { ...runtime, secretVersion: VERSION } }),
      /secretVersion with secrets runtime: nothing would read it/,
    );
  });

  it('calls a topic and uses a key of its own region', () => {
    const kmsKey = 'arn:aws:kms:eu-west-1:123456789012:key/0123abcd-0123-0123-0123-0123456789ab';
    const alarmTopic = 'arn:aws:sns:eu-west-1:123456789012:page';
    for (const [key, value] of Object.entries({ kmsKey, alarmTopic })) {
      assert.throws(
        () => deploy({ settings: { [key]: value } }),
        new RegExp(`^Error: ${key} is of the region eu-west-1, and the stack is in eu-central-1`),
      );
      assert.ok(deploy({ settings: { [key]: value, region: 'eu-west-1' } }));
    }
  });

  it('reserves no less than what it promises elsewhere', () => {
    for (const [settings, message] of [
      [{ consumerReservation: 9 }, /consumerReservation must not be less than consumerConcurrency/],
      [
        { webhookReservation: 2, provisionedConcurrency: 3, secretVersion: VERSION },
        /provisionedConcurrency must not be more than webhookReservation/,
      ],
      [{ front: 'functionUrl', throttle: { rate: 1, burst: 1 } }, /throttle with front functionUrl/],
    ] as const)
      assert.throws(() => deploy({ settings }), message);
    const { reservations } = deploy({ settings: { consumerReservation: 10, webhookReservation: 1 } });
    assert.deepEqual(reservations, { webhook: 1, consumer: 10, sweep: null });
  });

  it("has settings that fit into a function's environment", () => {
    const allowedIps = Array.from({ length: 300 }, (_, index) => `10.0.${index % 250}.0/24`);
    assert.throws(() => deploy({ settings: { allowedIps } }), /webhook take \d+ bytes .* room for 3072/);
  });

  it('counts silence within the hours of its days', () => {
    const { silence, parts } = deploy({
      settings: { silence: { minutes: 30, fromHour: 7, untilHour: 18, days: [1, 6] } },
    });
    assert.equal(parts.silence, 'on');
    assert.deepEqual(silence, {
      period: 1800,
      expression: 'IF((DAY(sent) == 1 OR DAY(sent) == 6) AND HOUR(sent) >= 7 AND HOUR(sent) < 18, sent, 1)',
    });
    assert.equal(deploy({}).parts.silence, 'off');
  });
});

describe('the names of a deployment', () => {
  it('differ for every two of stage and tenant', () => {
    const words = ['a', 'b', 'a-b', 'b-a', 'a-a'];
    const stacks = words.flatMap((stage) => words.map((tenant) => nameDeployment(stage, tenant).stack));
    assert.equal(new Set(stacks).size, words.length ** 2);
    assert.notEqual(nameDeployment('prod', 'east-acme').stack, nameDeployment('prod-east', 'acme').stack);
  });

  it('are refused where two could be the same, or one too long', () => {
    for (const bad of ['', '-a', 'a-', 'a--b', 'A', 'a_b', 'ä', 'a b']) {
      assert.throws(() => nameDeployment('prod', bad), /tenant .* must be lower-case/, bad);
      assert.throws(() => nameDeployment(bad, 'acme'), /stage .* must be lower-case/, bad);
    }
    const tenant = 'x'.repeat(40);
    assert.equal(nameDeployment('prod', tenant).consumer.length, 64);
    assert.throws(() => nameDeployment('prod', `${tenant}x`), /together are 1 letters too long/);
  });
});
