// zod's schemas as JSON Schema: objects are open to further names, and what is posted has its fields by their kinds.
import * as z from 'zod/mini';
import { int64, opaqueId, seconds, text, truth, whole } from '../../lib/field.ts';
import { descriptions } from '../../lib/publish/dialects/enigma-messages.ts';

export type Schema = Readonly<Record<string, unknown>>;

export const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

export const refer = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** The schema of what may be given, or of what is made of it. */
export function convert(schema: z.ZodMiniType, io: 'input' | 'output'): Schema {
  const {
    $schema: _,
    additionalProperties,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    metadata: descriptions,
    // The one check of our own is that of the variables.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'object';
    },
  });
  return additionalProperties === false ? { ...own, additionalProperties } : own;
}

/** The kinds of fields that are posted. What a number must be is narrower than the schema of the input says. */
const kinds = {
  text: { make: text },
  text_or_number: { make: opaqueId },
  int64: { make: int64, number: { type: 'integer', minimum: -(2 ** 63), exclusiveMaximum: 2 ** 63 } },
  integer: {
    make: whole,
    number: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  },
  seconds: { make: seconds },
  boolean: { make: truth },
} as const satisfies Record<string, { make: typeof text | typeof truth | typeof whole; number?: Schema }>;

const identify = (input: unknown, output: unknown) => JSON.stringify([input, output]);

const known = new Map(
  Object.entries(kinds).flatMap(([name, { make }]) => {
    const { required, optional } = make();
    const [given, kept] = [convert(required, 'input'), convert(required, 'output')];
    return [
      [identify(given, kept), name],
      [identify(convert(optional, 'input'), kept), `optional_${name}`],
    ];
  }),
);

/** The definition of each kind of field, required and optional. */
export const defineKinds = (): Schema =>
  Object.fromEntries(
    Object.entries(kinds).flatMap(([name, kind]) => {
      const { anyOf, ...rest } = convert(kind.make().required, 'input');
      const narrow = (given: Schema) =>
        given['type'] === 'number' && 'number' in kind ? kind.number : given;
      const given = { ...rest, anyOf: [anyOf].flat().map((each) => narrow(Object(each))) };
      return [
        [name, given],
        [`optional_${name}`, { anyOf: [{ enum: ['', null] }, refer(name)] }],
      ];
    }),
  );

/** The schema of what may be posted, its fields by their kinds. */
export function convertPosted(schema: z.ZodMiniType): Schema {
  const { properties, ...given } = convert(schema, 'input');
  const kept = Object(convert(schema, 'output')['properties']);
  const fields = Object.entries(Object(properties)).map(([name, field]) => {
    const kind = known.get(identify(field, kept[name]));
    if (kind === undefined) throw new Error(`${name} is of a kind that no contract knows`);
    return [name, refer(kind)];
  });
  return { ...given, properties: Object.fromEntries(fields) };
}

/** A schema, its references to definitions changed to where those are. */
export const relocate = (schema: unknown, place: (name: string) => string): unknown =>
  JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' ? place(String(value).replace('#/$defs/', '')) : value,
  );
