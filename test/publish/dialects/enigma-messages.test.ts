// The contract of a CDR, by a validator that knows nothing of zod.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { speak } from '../../../lib/publish/dialects/dialect.ts';
import { enigma } from '../../../lib/publish/dialects/enigma.ts';
import { cdrKeys } from '../../../lib/publish/dialects/enigma-messages.ts';
import type { Notification } from '../../../lib/publish/notification.ts';
import { contracts } from '../../../ops/contracts.ts';
import { exampleEvent, examples, heard, ofAnyEvent, places } from '../../support/dialect-suite.ts';

const schema = JSON.parse((await contracts())['contracts/cdr.schema.json'] ?? '');
const isCdr = new Ajv2020().compile(schema);

type Cdrs = { readonly entry?: { readonly type: string; readonly payload: Record<string, unknown> } };

/** The entries as a worker takes them. */
const readEntries = (said: readonly Notification[]) =>
  said.flatMap(heard).flatMap(({ entry }: Cdrs) => entry ?? []);
const entriesOf = async (name: string) => readEntries(speak(enigma, await exampleEvent(name), places));

describe('the contract of a CDR', () => {
  it('fits the CDR of every example', async () => {
    const entries = (await Promise.all(examples.map((name) => entriesOf(name)))).flat();
    for (const entry of entries) assert.ok(isCdr(entry), JSON.stringify([isCdr.errors, entry]));
    assert.ok(entries.length > 10);
  });

  it('fits the CDR of any event at all', () => {
    ofAnyEvent(enigma, places, (said) => {
      for (const entry of readEntries(said)) assert.ok(isCdr(entry), JSON.stringify([isCdr.errors, entry]));
    });
  });

  it('has the twelve keys of the page, each of them required, and takes further ones', async () => {
    const [entry] = await entriesOf('leaving');
    assert.ok(entry);
    const { required } = schema.$defs.Cdr;
    const keys =
      'extension number dial_number recording_url call_ref contact_ref dialed_at call_time end_reason end_code call_dir ref';
    for (const key of keys.split(' ')) {
      assert.ok(Object.hasOwn(cdrKeys, key) && required.includes(key), key);
      const { [key]: _, ...payload } = entry.payload;
      assert.ok(!isCdr({ ...entry, payload }), key);
    }
    assert.ok(isCdr({ ...entry, payload: { ...entry.payload, a_newer_key: 1 } }));
    for (const wrong of [
      { dialed_at: 1.5 },
      { end_code: 200 },
      { end_reason: 'left' },
      { call_dir: 'up' },
      { attempt_id: 1 },
    ])
      assert.ok(!isCdr({ ...entry, payload: { ...entry.payload, ...wrong } }), JSON.stringify(wrong));
  });
});
