// A CloudEvent with something wrong, in structured or binary content mode.
import { eventNames } from '../lib/event.ts';
import { makeUuid } from '../simulation/attempt.ts';
import type { Random } from '../simulation/random.ts';
import { mutate, pickSize } from './mutants.ts';
import type { Delivery } from './post.ts';

type Fields = Readonly<Record<string, unknown>>;

const PATH = '/hooks/cloudevents';

/** @param data the fields of a hook that are right */
export function breakCloudEvent(random: Random, data: Fields): Delivery {
  let attributes: Fields = {
    specversion: '1.0',
    id: makeUuid(random),
    source: random.pick(['/pbx/berlin', '/pbx/paris']),
    type: `hookline.queue.${random.pick(eventNames)}.v1`,
    time: '2026-07-01T10:01:35.000Z',
  };
  let broken: unknown = random.chance(0.5) ? { ...data, attempt_id: makeUuid(random) } : data;
  for (let times = random.below(3); times > 0; times--) attributes = breakFields(random, attributes, names);
  for (let times = random.below(3); times > 0; times--) broken = breakData(random, broken);
  return random.chance(0.5)
    ? writeStructured(random, attributes, broken)
    : writeBinary(random, attributes, broken);
}

const prototypeNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const names = ['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data_base64', 'subject'];
const fieldNames = ['attempt_id', 'channel', 'queue_id', 'agent_id', 'joined_at', 'call_bill_sec', 'status'];

const values: readonly ((random: Random) => unknown)[] = [
  () => undefined,
  () => null,
  () => '',
  () => ' ',
  () => true,
  (random) => random.pick([0, -1, 1.5, 1e308, 2 ** 53, Number.MIN_VALUE]),
  () => [],
  () => ({}),
  (random) => [[makeUuid(random)]],
  (random) => createField(random.pick(prototypeNames), { polluted: true }),
  (random) => 'x'.repeat(pickSize(random, random.chance(0.02) ? 300_000 : 10_000)),
  (random) => '\u0000\uffff\ud800'.repeat(pickSize(random, 300)),
  (random) => nest(random, pickSize(random, 1_000)),
  (random) => random.pick(prototypeNames),
  (random) => `hookline.queue.${random.pick([...prototypeNames, 'Leaving', '', 'a.b'])}.v1`,
  () => 'hookline.queue.leaving.v2',
  (random) => random.pick(['0.3', '1', '1.0 ', '2.0']),
  (random) =>
    random.pick([
      '2026-02-30T00:00:00Z',
      '2026-07-01',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:60Z',
      'soon',
    ]),
];

const breakFields = (random: Random, fields: Fields, known: readonly string[]): Fields => {
  const name = random.chance(0.8)
    ? random.pick(known)
    : random.pick([...prototypeNames, '', 'X', 'ünï', 'data']);
  return { ...fields, ...createField(name, random.pick(values)(random)) };
};

/** An own property, whatever its name. */
const createField = (name: string, value: unknown): Fields => Object.fromEntries([[name, value]]);

function nest(random: Random, depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = random.chance(0.5) ? [value] : { a: value };
  return value;
}

function breakData(random: Random, data: unknown): unknown {
  if (random.chance(0.5) && typeof data === 'object') return breakFields(random, { ...data }, fieldNames);
  const text = JSON.stringify(data) ?? '';
  const change = random.pick<() => unknown>([
    () => text,
    () => JSON.stringify(text),
    () => text.slice(0, random.below(text.length + 1)),
    () => Buffer.from(text).toString('base64'),
    () => new URLSearchParams({ channel: 'call', attempt_id: '1' }).toString(),
    () => [data],
    () => random.pick(values)(random),
  ]);
  return change();
}

function writeStructured(random: Random, attributes: Fields, data: unknown): Delivery {
  const text = JSON.stringify({ ...attributes, ...placeData(random, data) }, null, 1);
  const body = random.chance(0.05) ? `[${text}]` : text;
  return {
    path: PATH,
    headers: random.chance(0.9) ? { 'content-type': random.pick(structuredTypes) } : breakHeaders(random, {}),
    body: random.chance(0.3) ? mutate(random, Buffer.from(body)) : body,
  };
}

const structuredTypes = [
  'application/cloudevents+json',
  'application/cloudevents+json; charset=utf-8',
  'application/cloudevents-batch+json',
  'application/cloudevents+xml',
  'application/json',
];

function placeData(random: Random, data: unknown): Fields {
  if (random.chance(0.8)) return { data };
  const base64 = Buffer.from(JSON.stringify(data) ?? '').toString('base64');
  const data_base64 = random.pick([base64, base64.slice(1), '****', 7, null, [base64]]);
  return random.chance(0.3) ? { data, data_base64 } : { data_base64 };
}

function writeBinary(random: Random, attributes: Fields, data: unknown): Delivery {
  const headers = Object.entries(attributes)
    .filter(([name]) => /^\w+$/.test(name))
    .map(([name, value]) => [`ce-${name.toLowerCase()}`, encodeHeader(random, value)] as const);
  const body = typeof data === 'string' ? data : (JSON.stringify(data, null, 1) ?? '');
  return {
    path: PATH,
    headers: breakHeaders(random, { 'content-type': 'application/json', ...Object.fromEntries(headers) }),
    body: random.chance(0.3) ? mutate(random, Buffer.from(body)) : body,
  };
}

/** What is left of the headers when all of it has to go through a gateway, which takes about 10 KiB. */
const LONGEST_HEADER = 2_000;

/** A value as a header can carry it: percent-encoded, or as bytes of Latin-1. */
function encodeHeader(random: Random, value: unknown): string {
  const text = (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(
    0,
    LONGEST_HEADER / 9,
  );
  if (random.chance(0.2)) return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
  return encodeURIComponent(text.toWellFormed());
}

const brokenValues = [
  '%',
  '%zz',
  '%c3%28',
  '%u0041',
  '%00',
  '%ff%fe',
  '%25%32%35',
  '"1.0"',
  '1.0, 1.0',
  '\u00e9\u00ff',
  '\t',
  '',
];

type Headers = Readonly<Record<string, string | readonly string[]>>;

function breakHeaders(random: Random, headers: Headers): Headers {
  if (random.chance(0.4)) return headers;
  const known = [...names.map((name) => `ce-${name}`), 'content-type'];
  const unknown = [
    'ce-',
    'ce--',
    'ce-data',
    'ce-__proto__',
    'ce-constructor',
    'ce-a.b',
    '__proto__',
    'CE',
    'ce',
  ];
  const name = random.chance(0.7) ? random.pick(known) : random.pick(unknown);
  const value = random.pick(brokenValues);
  const values = random.pick<string | readonly string[]>([
    value,
    [value, random.pick(brokenValues)],
    value.repeat(pickSize(random, LONGEST_HEADER / 10)),
    '\u00ff'.repeat(pickSize(random, LONGEST_HEADER)),
  ]);
  return { ...headers, ...Object.fromEntries([[name, values]]) };
}
