// JSON Schema of each event, by its name.
import type * as z from 'zod/mini';
import { refer, type Schema } from './json-schema.ts';

/** A member who expired before any attempt is known by either field. */
export const isExpired: Schema = {
  anyOf: ['cc_result', 'member_stop_cause'].map((name) => ({
    properties: { [name]: { const: 'expired' } },
    required: [name],
  })),
};

/** The definition of each event. Events of the same fields share it. */
export function defineEvents(
  schemas: Readonly<Record<string, z.ZodMiniType>>,
  convert: (schema: z.ZodMiniType) => Schema,
): Schema {
  const names = new Map<z.ZodMiniType, string>();
  const definitions: [string, Schema][] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    const shared = names.get(schema);
    names.set(schema, shared ?? name);
    definitions.push([name, shared === undefined ? convert(schema) : refer(shared)]);
  }
  const { leaving, expired_leaving, ...others } = Object.fromEntries(definitions);
  return {
    ...others,
    leaving: {
      // In any case: programs that make types of schemas read no conditions.
      allOf: [refer('expired_leaving')],
      if: isExpired,
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: refer('expired_leaving'),
      else: leaving,
    },
    expired_leaving,
  };
}
