// What every dialect is held to: the golden words for each example payload, and good manners for any event at all.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventNames, type QueueEvent, readEvent } from '../../lib/event.ts';
import { type Dialect, type Places, speak } from '../../lib/publish/dialects/dialect.ts';
import type { DialectSettings } from '../../lib/publish/dialects/index.ts';
import { completeMessage } from '../../lib/publish/lifecycle.ts';
import type { EventMessage, Message, Notification } from '../../lib/publish/notification.ts';
import { receive } from '../../lib/receive/receive.ts';
import { payload } from './stack.ts';

/** What the dialects on Redis must know. */
export const places: Places & DialectSettings = {
  base: 'enigma:notifications',
  agentTypes: ['agents', 'agent'],
  cdrLists: ['enigma:notifications:campaigns'],
  NEWFIES_CHANNEL: 'callcenter_events',
};

const root = join(import.meta.dirname, '../..');

/** The names of the example payloads. */
export const examples = readdirSync(join(root, 'events/webitel')).map((file) => file.replace('.json', ''));

/** An example as the door would enqueue it; fields may be replaced. Its clock stands still. */
export async function exampleEvent(name: string, fields: object = {}): Promise<QueueEvent> {
  const body = Buffer.from(JSON.stringify({ ...(await payload(name)), ...fields }));
  const known = { tenant: 'default', queues: { 51: { name: 'winback', direction: 'outbound' as const } } };
  const event = await receive(
    { source: 'webitel', headers: {}, body, receivedAt: 1782900000100 },
    known,
    async () => undefined,
  );
  // What has neither timestamp nor key gets a random id.
  return event.timestamp === undefined ? { ...event, id: '0'.repeat(32) } : event;
}

const word = fc.oneof(
  fc.constantFrom('constructor', '__proto__', ' '),
  fc.string({ unit: 'binary', minLength: 1 }),
);
const identifier = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const whole = fc.maxSafeInteger();
const seconds = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Any event that the consumer can read from the queue, its optional fields there or not. */
const anyEvent: fc.Arbitrary<QueueEvent> = fc
  .record(
    {
      event: fc.constantFrom(...eventNames),
      channel: fc.oneof(fc.constantFrom('call', 'call', 'call', 'chat', 'task'), word),
      attempt_id: identifier,
      agent_id: identifier,
      status: fc.oneof(fc.constantFrom('online', 'OFFLINE', 'Pause', 'break_out'), word),
      id: word,
      tenant: word,
      received_at: whole,
      variables: fc.dictionary(word, fc.jsonValue()),
      destination: word,
      agent_extension: word,
      agent_channel_id: word,
      member_channel_id: word,
      member_name: word,
      member_id: identifier,
      queue_id: identifier,
      timestamp: whole,
      joined_at: whole,
      bridged_at: whole,
      call_duration: seconds,
      call_bill_sec: seconds,
      call_cause: word,
      amd_result: word,
      status_payload: word,
      extension: word,
      direction: fc.constantFrom('inbound', 'outbound'),
    },
    {
      requiredKeys: ['event', 'channel', 'attempt_id', 'status', 'id', 'tenant', 'received_at', 'variables'],
    },
  )
  // The team hook always names the agent.
  .filter(({ event, agent_id }) => event !== 'agent_status' || agent_id !== undefined)
  .map((fields) => readEvent(JSON.parse(JSON.stringify(fields))));

/** A notification as a golden file has it: where, and what, the JSON text parsed. */
export const heard = (notification: Notification): object[] =>
  notification.kind === 'cdr'
    ? [
        {
          list: notification.list,
          entry: JSON.parse(completeMessage(notification.message, notification.lacking)),
        },
      ]
    : channelsOf(notification).map((channel) => ({ channel, message: JSON.parse(notification.message) }));

const channelsOf = (said: EventMessage | Message) => (said.kind === 'event' ? [said.channel] : said.channels);

/** Frozen to its depth: whoever changes it throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

type Manner<Word, Known> = {
  readonly known: Known;
  /** what a golden file has of what is published of an event */
  readonly golden: (said: readonly Word[], event: QueueEvent) => readonly unknown[];
  /** the page has keys that are always there, null where unknown */
  readonly nulls?: true;
};

/** Runs the suite. UPDATE_GOLDEN=1 writes the golden files instead: the diff is then the review. */
export function dialectSuite<Word, Known>(
  name: string,
  dialect: Dialect<Word, Known>,
  { known, golden, nulls }: Manner<Word, Known>,
): void {
  describe(`${name} says the golden words`, () => {
    for (const example of examples) {
      it(example, async () => {
        const event = await exampleEvent(example);
        const said = golden(speak(dialect, event, known), event);
        const file = join(root, 'test/golden', name, `${example}.json`);
        const text = `${JSON.stringify(said, null, 2)}\n`;
        if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, text);
        assert.equal(text, readFileSync(file, 'utf8'));
      });
    }

    it('and no others: each golden file has its example', () => {
      const files = readdirSync(join(root, 'test/golden', name));
      assert.deepEqual(files.map((file) => file.replace('.json', '')).sort(), [...examples].sort());
    });
  });

  describe(`${name}, of any event at all,`, () => {
    it('says the same words twice, in JSON, and changes nothing of the event', () => {
      ofAnyEvent(dialect, known, (said, event) => {
        const before = structuredClone(event);
        assert.deepEqual(speak(dialect, frozen(event), known), said);
        assert.deepEqual(event, before);
        // Undefined, NaN and the like don't come back.
        assert.deepEqual(JSON.parse(JSON.stringify(said)), said);
      });
    });

    if (nulls) return;
    it('leaves out what is unknown: no null, nothing undefined', () => {
      ofAnyEvent(dialect, known, (said, event) => golden(said, event).forEach(noneEmpty));
    });
  });
}

/** Looks at what is published of any event; fails when nothing ever is. */
export function ofAnyEvent<Word, Known>(
  dialect: Dialect<Word, Known>,
  known: Known,
  look: (said: readonly Word[], event: QueueEvent) => void,
): void {
  let words = 0;
  const property = fc.property(anyEvent, (event) => {
    const said = speak(dialect, event, known);
    words += said.length;
    look(said, event);
  });
  fc.assert(property, { numRuns: 500 });
  assert.ok(words > 0, 'something is said');
}

function noneEmpty(value: unknown): void {
  assert.ok(value !== undefined && value !== null);
  if (typeof value === 'object') Object.values(value).forEach(noneEmpty);
}
