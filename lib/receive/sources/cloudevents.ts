// CloudEvents 1.0, "HTTP Protocol Binding": reads a hook of any system, in structured and in binary content mode.
import * as z from 'zod/mini';
import { type Problem, Rejected } from '../../errors.ts';
import { type EventName, eventNames, knownFields, readHook } from '../../event.ts';
import { isAbsent, isRecord, MISSING } from '../../field.ts';
import { readBody, setFields } from '../body.ts';
import type { Delivery, Headers, Source } from './source.ts';
import { splitVariables } from './variables.ts';

/**
 * Takes events of the type `hookline.queue.<event>.v1`, whose data hold the fields of the hook; identifiers may be any
 * text. An event is known by its `source` and `id`. Its `time` is the timestamp where the data have none. Extension
 * attributes are variables, never fields; of two variables with one name, that of the data counts.
 */
export const cloudevents: Source = {
  read(delivery) {
    const { attributes, data } = readMode(delivery);
    const { id, source, type, time, extensions } = readAttributes(attributes);
    const event = readType(type);
    const { given, variables } = splitVariables(data, knownFields(event), ['event', 'state']);
    // Any intermediary may add one: it describes the CloudEvent, and is no field of the hook, whatever its name.
    const further = splitVariables(extensions, new Set(), []);
    const hook = readHook({ ...given, event }, 'opaque');
    if (time !== undefined) hook.timestamp ??= Date.parse(time);
    return { hook, variables: { ...further.variables, ...variables }, origin: source, identity: [id] };
  },
  eventInPath: false,
  mend,
  readsHeader: (name) => name.startsWith(PREFIX),
};

type Content = { readonly attributes: Record<string, unknown>; readonly data: Record<string, unknown> };

const PREFIX = 'ce-';

/** Binary mode has its attributes in headers, structured mode in the body. */
function readMode({ body, headers }: Delivery): Content {
  if (isBinary(headers)) return { attributes: attributesIn(headers), data: readBody(body) };
  const { data, data_base64, ...attributes } = readBody(body);
  return { attributes, data: readData(data, data_base64) };
}

const isBinary = (headers: Headers): boolean =>
  headers['ce-specversion'] !== undefined || headers['ce-type'] !== undefined;

function attributesIn(headers: Headers): Record<string, unknown> {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(named.map(([name, value = '']) => [name.slice(PREFIX.length), decoded(value)]));
}

/** Source: CloudEvents, "HTTP Protocol Binding", 3.1.3.2, HTTP Header Values. */
function decoded(value: string): string {
  const plain = QUOTED.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** Source: RFC 9110, "Quoted Strings". */
const QUOTED = /^"(?:[^"\\]|\\.)*"$/;

/** Data that are text are read as a body is: producers write JSON as a string, too. */
function readData(data: unknown, base64: unknown): Record<string, unknown> {
  if (isRecord(data)) return data;
  if (typeof data === 'string') return readBody(Buffer.from(data));
  if (data === undefined && typeof base64 === 'string') return readBody(Buffer.from(base64, 'base64'));
  throw invalid([{ path: 'data', message: 'must be an object with the fields of the hook' }]);
}

/** Names of the attributes set those, all others set fields of the data. */
function mend(
  delivery: Delivery,
  set: Readonly<Record<string, string>>,
  event: string | undefined,
): Delivery {
  const all = Object.entries({ ...set, ...(event !== undefined && { type: nameType(event) }) });
  if (all.length === 0) return delivery;
  const isAttribute = ([name]: [string, string]) => Object.hasOwn(context.shape, name);
  const attributes = all.filter(isAttribute);
  const fields = Object.fromEntries(all.filter((entry) => !isAttribute(entry)));
  const { body, headers } = delivery;
  if (isBinary(headers)) {
    const named = attributes.map(([name, value]) => [PREFIX + name, encodeURIComponent(value)]);
    return {
      ...delivery,
      body: setFields(body, fields),
      headers: { ...headers, ...Object.fromEntries(named) },
    };
  }
  const { data, data_base64, ...rest } = readBody(body);
  const mended = {
    ...rest,
    ...Object.fromEntries(attributes),
    data: { ...readData(data, data_base64), ...fields },
  };
  return { ...delivery, body: Buffer.from(JSON.stringify(mended)) };
}

const given = () =>
  z
    .string({ error: ({ input }) => (isAbsent(input) ? MISSING : 'must be text') })
    .check(z.minLength(1, MISSING));

export const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** The context attributes that have a say. */
const context = z.looseObject({
  specversion: z.literal('1.0', { error: 'must be 1.0' }),
  id: given(),
  source: given(),
  type: given(),
  time: z.optional(
    z.string({ error: 'must be text' }).check(
      z.refine((time) => RFC3339.test(time) && !Number.isNaN(Date.parse(time)), {
        error: 'must be a time such as 2026-11-23T12:00:00Z',
      }),
    ),
  ),
});

function readAttributes(attributes: Record<string, unknown>) {
  // Source: CloudEvents, "JSON Event Format", 2.2: null is as if unset.
  const set = Object.entries(attributes).filter(([, value]) => value !== null);
  const { success, data, error } = context.safeParse(Object.fromEntries(set));
  if (!success) throw invalid(error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  const {
    specversion: _,
    id,
    source,
    type,
    time,
    datacontenttype: __,
    dataschema: ___,
    ...extensions
  } = data;
  return { id, source, type, time, extensions };
}

/** The type of a CloudEvent that is this hook. */
export const nameType = (event: string): string => `hookline.queue.${event}.v1`;

function readType(type: string): EventName {
  const event = eventNames.find((name) => nameType(name) === type);
  if (event !== undefined) return event;
  const message = `must be ${nameType('<event>')}, the event one of ${eventNames.join(', ')}`;
  throw invalid([{ path: 'type', message }]);
}

const invalid = (problems: readonly Problem[]) =>
  new Rejected('invalid', 'The CloudEvent is not one that is taken here', problems);
