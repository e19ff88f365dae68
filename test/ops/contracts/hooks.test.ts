// The door and its published schemas, which an independent validator reads, judge broken bodies alike.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { breakCloudEvent } from '../../../chaos/broken-cloudevents.ts';
import { breakWebitelHook } from '../../../chaos/broken-webitel.ts';
import { garbage } from '../../../chaos/garbage.ts';
import type { Delivery } from '../../../chaos/post.ts';
import { openEndpoint } from '../../../lib/receive/endpoint.ts';
import { authorizeBy } from '../../../lib/receive/tokens.ts';
import { root } from '../../../local/settings.ts';
import { cloudEvent, exceptions, webitelHook } from '../../../ops/contracts/hooks.ts';
import { seedRandom } from '../../../simulation/random.ts';

const folder = join(root, 'events/webitel');
const examples = readdirSync(folder).map((file) => readFileSync(join(folder, file)));

const known = {
  authorize: authorizeBy(['t']),
  networks: [],
  tenant: 'default',
  queues: {},
  door: 'open' as const,
};
const door = openEndpoint(
  known,
  async () => undefined,
  async () => undefined,
);

/** The status that the door answers. */
async function knock({ path, headers, body }: Delivery): Promise<number> {
  const sent = Object.entries(headers).map(([name, values]) => [name, [values].flat().join(',')]);
  const { answer } = await door({
    method: 'POST',
    path,
    headers: { ...Object.fromEntries(sent), 'x-api-key': 't' },
    body: Buffer.from(body),
    address: '192.0.2.1',
    receivedAt: 1_782_900_000_000,
  });
  return answer.status;
}

// A schema says nothing of the form of a text where the contract says that nobody checks it.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const webitel = webitelHook();
const isHook = ajv.compile(webitel);
const isEvent = new Map(
  Object.keys(Object(webitel['$defs'])).map((name) => [
    name,
    ajv.compile({ ...webitel, anyOf: undefined, $ref: `#/$defs/${name}` }),
  ]),
);
const isCloudEvent = ajv.compile(cloudEvent());

/** A body as any program reads it: JSON, or a form; undefined where it is neither. */
function readPlainly(body: Uint8Array | string): unknown {
  const text = new TextDecoder().decode(Buffer.from(body)).trim();
  try {
    if (/^[{[]/.test(text)) return JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.includes('=') ? Object.fromEntries(new URLSearchParams(text)) : undefined;
}

/** The event of a delivery in binary mode as it would be in structured mode. */
function unpack({ headers, body }: Delivery): unknown {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
  const data = readPlainly(body) ?? null;
  if (!entries.some(([name]) => name === 'ce-type' || name === 'ce-specversion')) return data;
  const attributes = entries.map(([name, values]) => [name.slice(3), decode([values].flat().join(','))]);
  return { ...Object.fromEntries(attributes), data };
}

function decode(header: string): string {
  const plain = /^"(?:[^"\\]|\\.)*"$/.test(header) ? header.slice(1, -1).replace(/\\(.)/g, '$1') : header;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

const isOfCloudEvents = ({ path }: Delivery) => path.startsWith('/hooks/cloudevents');

/** Does the delivery fit the schema that is published for it? */
function fits(delivery: Delivery): boolean {
  if (isOfCloudEvents(delivery)) return isCloudEvent(unpack(delivery));
  const event = delivery.path.split('/')[3];
  const check = event === undefined ? isHook : isEvent.get(event.toLowerCase());
  return check?.(readPlainly(delivery.body)) ?? false;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the sender of a CloudEvent wrote into its data, be it as text. */
function findData({ data, data_base64 }: Fields): unknown {
  if (typeof data === 'string') return readPlainly(data);
  if (data === undefined && typeof data_base64 === 'string')
    return readPlainly(Buffer.from(data_base64, 'base64'));
  return data;
}

const { joined = {} } = Object(webitel['$defs']) as Record<
  string,
  { properties?: Record<string, { $ref: string }> }
>;
const kinds = new Map(
  Object.entries(joined.properties ?? {}).map(([name, { $ref }]) => [name, $ref.split('/optional_').pop()]),
);

/** Is it the text of a number that the field's kind has no place for? */
function isNumberOutside(kind: string | undefined, value: unknown, opaque: boolean): boolean {
  if (typeof value !== 'string' || Number.isNaN(Number(value)) || value.trim() === '') return false;
  if (kind === 'seconds') return !Number.isFinite(Number(value));
  if (kind === 'integer' || (kind?.endsWith('int64') && !opaque))
    return !(/^\s*[+-]?\d+\s*$/.test(value) && kind !== 'integer'
      ? BigInt.asIntN(64, BigInt(value.trim().replace(/^\+/, ''))) === BigInt(value.trim().replace(/^\+/, ''))
      : Number.isSafeInteger(Number(value)));
  return false;
}

const nests = (value: unknown, deeper: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (deeper < 0 || Object.values(value).some((inner) => nests(inner, deeper - 1)));

/** Has the delivery what the exception is about? The payload is as the schema sees it, the fields are those of the hook. */
const concerns: Readonly<
  Record<keyof typeof exceptions, (delivery: Delivery, payload: Fields, fields: Fields) => boolean>
> = {
  numberInText: (delivery, _payload, fields) =>
    Object.entries(fields).some(([name, value]) =>
      isNumberOutside(kinds.get(name), value, isOfCloudEvents(delivery)),
    ),
  beyondDouble: ({ body }) =>
    /[:[,]\s*-?\d[\d.]*(?:\d{15}|[eE][+-]?\d{3})/.test(Buffer.from(body).toString()),
  nesting: (_delivery, _payload, fields) => nests(fields, 64),
  time: (_delivery, { time }) => typeof time === 'string' && Number.isNaN(Date.parse(time)),
  dataAsText: (delivery, payload) => {
    if (!isOfCloudEvents(delivery) || isFields(payload['data'])) return false;
    const data = findData(payload);
    // The text apart, the door and the schema agree.
    return (
      typeof (payload['data'] ?? payload['data_base64']) === 'string' &&
      isCloudEvent({ ...payload, data: data ?? null }) !== isCloudEvent(payload)
    );
  },
};

/** Fails unless the door and the schema agree, or one of the exceptions says why not. Answers which. */
async function compare(
  delivery: Delivery,
): Promise<keyof typeof exceptions | 'accepted' | 'refused' | undefined> {
  const status = await knock(delivery);
  if (status === 413) return undefined;
  const accepted = status === 202;
  if (accepted === fits(delivery)) return accepted ? 'accepted' : 'refused';
  const payload = isOfCloudEvents(delivery) ? unpack(delivery) : readPlainly(delivery.body);
  const own = isFields(payload) ? payload : {};
  const data = isOfCloudEvents(delivery) ? findData(own) : own;
  const fields = isOfCloudEvents(delivery) ? { ...own, data: undefined, ...(isFields(data) && data) } : own;
  const names = Object.keys(exceptions) as (keyof typeof exceptions)[];
  const reason = names.find((name) => concerns[name](delivery, own, fields));
  assert.ok(reason, `${status} ${delivery.path} ${JSON.stringify(delivery.headers)} ${delivery.body}`);
  return reason;
}

const hook = (body: string): Delivery => ({ path: '/hooks/webitel/leaving', headers: {}, body });
const event = (more: object): Delivery => ({
  path: '/hooks/cloudevents',
  headers: {},
  body: JSON.stringify({
    specversion: '1.0',
    id: '1',
    source: '/pbx',
    type: 'hookline.queue.leaving.v1',
    data: { channel: 'call', attempt_id: 'a' },
    ...more,
  }),
});

describe('a published schema of what may be posted', () => {
  it('takes what the door takes and nothing else, whatever is broken', async () => {
    const random = seedRandom(16);
    const counts = { accepted: 0, refused: 0 };
    for (const delivery of garbage) assert.equal(await compare(delivery), 'refused');
    for (let bodies = 0; bodies < 800; bodies++) {
      const example = random.pick(examples);
      const delivery =
        bodies % 2 === 0
          ? breakWebitelHook(random, example)
          : breakCloudEvent(random, JSON.parse(example.toString()));
      const judged = await compare(delivery);
      if (judged === 'accepted' || judged === 'refused') counts[judged]++;
    }
    assert.ok(counts.accepted > 80 && counts.refused > 400, JSON.stringify(counts));
  });

  it('has the exceptions that its description names, and each of them still is one', async () => {
    const cases: Readonly<Record<keyof typeof exceptions, Delivery>> = {
      numberInText: hook('channel=call&attempt_id=1.5'),
      beyondDouble: hook('{"channel":"call","attempt_id":9223372036854775807}'),
      nesting: hook(`{"channel":"call","attempt_id":1,"deep":${'['.repeat(70)}${']'.repeat(70)}}`),
      time: event({ time: '2026-07-01T24:61:00Z' }),
      dataAsText: event({ data: '{"channel":"call"}' }),
    };
    const descriptions = [webitel, cloudEvent()].map(({ description }) => description).join();
    for (const name of Object.keys(exceptions) as (keyof typeof exceptions)[]) {
      assert.equal(await compare(cases[name]), name);
      assert.ok(descriptions.includes(exceptions[name]), name);
    }
  });

  it('finds the event that a body names, as the door does', async () => {
    const ids = '"channel":"call","attempt_id":"1"';
    for (const [body, judged] of [
      [`{${ids},"state":"idle"}`, 'accepted'],
      [`{${ids},"state":" LEAVING "}`, 'accepted'],
      [`{${ids},"event":"","state":"leaving"}`, 'accepted'],
      [`{${ids},"event":"left","state":"leaving"}`, 'refused'],
      [`{${ids},"event":" ","state":"leaving"}`, 'refused'],
      [`{${ids},"event":["leaving"]}`, 'refused'],
      [`{${ids}}`, 'refused'],
      ['{"cc_result":"expired"}', 'accepted'],
      ['{"member_stop_cause":"expired"}', 'accepted'],
      ['{"cc_result":"Expired"}', 'refused'],
      ['{"event":"leaving","cc_result":"expired"}', 'accepted'],
      ['{"event":"joined","cc_result":"expired"}', 'refused'],
      ['{"status":"online","agent_id":"1"}', 'accepted'],
      ['{"status":"online","agent_id":""}', 'refused'],
      ['{"status":"online","agent_id":1e300}', 'refused'],
      ['status=online&agent_id=7', 'accepted'],
      ['{"status":{},"agent_id":"1"}', 'refused'],
    ] as const)
      assert.equal(await compare({ path: '/hooks/webitel', headers: {}, body }), judged, body);
  });
});
