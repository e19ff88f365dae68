import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { cloudevents } from '../../lib/receive/sources/cloudevents.ts';
import { root } from '../../local/settings.ts';
import { readTenantFile } from '../../local/tenant-file.ts';
import { contracts } from '../../ops/contracts.ts';
import { exampleEvent, examples } from '../support/dialect-suite.ts';
import { fileText, payload } from '../support/stack.ts';

const texts = await contracts();
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const schemaOf = (name: string) => JSON.parse(texts[`contracts/${name}.schema.json`] ?? '');
const validate = { event: ajv.compile(schemaOf('event')), cloudevent: ajv.compile(schemaOf('cloudevent')) };
const webitel = schemaOf('webitel-hook');

const cloudEvent = JSON.parse(await fileText('events/cloudevents/leaving.json'));
const isRead = (event: object) => {
  try {
    return cloudevents.read({ body: Buffer.from(JSON.stringify(event)), headers: {} }) !== undefined;
  } catch {
    return false;
  }
};

const tenants = ajv.compile(schemaOf('tenant'));
const isGood = (file: unknown) => {
  try {
    readTenantFile(JSON.stringify(file));
    return true;
  } catch {
    return false;
  }
};

describe('the contracts', () => {
  it('that are committed are those that the schemas give: bin/hookline contracts writes them', () => {
    for (const [file, text] of Object.entries(texts))
      assert.ok(
        readFileSync(join(root, file), 'utf8') === text,
        `${file} is another: bin/hookline contracts`,
      );
  });

  it('fit every example hook, and every event that is made of it', async () => {
    for (const name of examples) {
      const { event, ...own } = await exampleEvent(name);
      assert.ok(
        validate.event(JSON.parse(JSON.stringify({ event, ...own }))),
        `${name} ${JSON.stringify(validate.event.errors)}`,
      );
      const expired = own.cc_result === 'expired' || own.member_stop_cause === 'expired';
      const hook = ajv.compile({ ...webitel, $ref: `#/$defs/${expired ? 'expired_leaving' : event}` });
      assert.ok(hook(await payload(name)), `${name} ${JSON.stringify(hook.errors)}`);
    }
  });

  it('of a CloudEvent agree with the door, on good ones and on bad ones', () => {
    const data = cloudEvent.data;
    const events = [
      cloudEvent,
      { ...cloudEvent, time: undefined, crm: 1 },
      { ...cloudEvent, data: { ...data, joined_at: '1782900000000', bridged_at: '', agent_id: null } },
      { ...cloudEvent, specversion: '0.3' },
      { ...cloudEvent, id: '' },
      { ...cloudEvent, source: undefined },
      { ...cloudEvent, type: 'hookline.queue.left.v1' },
      { ...cloudEvent, data: { ...data, attempt_id: undefined } },
      { ...cloudEvent, data: { ...data, attempt_id: '' } },
      { ...cloudEvent, data: { ...data, call_bill_sec: 'soon' } },
      { ...cloudEvent, data: { ...data, use_processing: 'maybe' } },
      { ...cloudEvent, data: [] },
    ];
    const verdicts = events.map((event) => {
      const plain = JSON.parse(JSON.stringify(event));
      assert.equal(validate.cloudevent(plain), isRead(plain), JSON.stringify(plain));
      return isRead(plain);
    });
    assert.deepEqual(verdicts.filter(Boolean).length, 3);
  });

  it("of a tenant's file agree with what is packaged, on good ones and on bad ones", () => {
    const verdicts = [
      JSON.parse(readFileSync(join(root, 'tenants/example.json'), 'utf8')),
      { $schema: '../contracts/tenant.schema.json' },
      { settings: { front: 'functionUrl', notifyTtl: 5, cdrLists: ['a', 'b:c'], redisCluster: true } },
      { stages: { prod: { live: 'on', silence: { minutes: 5, fromHour: 0, untilHour: 24 } } } },
      { settings: { fron: 'functionUrl' } },
      { settings: { front: 'url' } },
      { settings: { notifyTtl: '5' } },
      { settings: { dialects: ['enigmo'] } },
      { settings: { cdrLists: ['a,b'] } },
      { settings: { logRetention: 31 } },
      { stages: { prod: { consumerConcurrency: 1 } } },
      { queues: { 42: { direction: 'up' } } },
      { queuez: {} },
    ].map((file) => {
      assert.equal(tenants(file), isGood(file), JSON.stringify(file));
      return isGood(file);
    });
    assert.equal(verdicts.filter(Boolean).length, 4);
  });
});
