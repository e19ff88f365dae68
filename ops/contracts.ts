// The contracts that a machine can read: JSON Schema of what may be posted, of what is published and of a tenant's file,
// made from the schemas by which they are checked.
import * as z from 'zod/mini';
import { eventNames, eventSchemas, hookSchemas } from '../lib/event.ts';
import { nameType } from '../lib/receive/sources/cloudevents.ts';
import { descriptions, tenantSchema } from '../local/tenant-schema.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The texts of the contracts, by their files. */
export const contracts = (): Readonly<Record<string, string>> => ({
  'contracts/webitel-hook.schema.json': text(webitelHook()),
  'contracts/cloudevent.schema.json': text(cloudEvent()),
  'contracts/event.schema.json': text(publishedEvent()),
  'contracts/tenant.schema.json': text(tenant()),
});

const text = (schema: Schema) => `${JSON.stringify(schema, null, 2)}\n`;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A hook of Webitel, after its event was found: the URL or the body names that. */
function webitelHook(): Schema {
  return {
    $schema: DIALECT,
    title: 'The fields of a Webitel hook, by event',
    description: 'POST /hooks/webitel/{event}. Further names are variables. "" and null are absent.',
    $defs: define(hookSchemas.int64(), 'input'),
  };
}

/** A CloudEvent in structured mode. */
function cloudEvent(): Schema {
  return {
    $schema: DIALECT,
    title: 'A queue hook as a CloudEvent 1.0',
    description: 'POST /hooks/cloudevents in structured mode; in binary mode the body is the data.',
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'data'],
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', minLength: 1, description: 'With source, the identity of the event.' },
      source: { type: 'string', minLength: 1, description: 'The system that sends; attempts are its own.' },
      type: { enum: eventNames.map(nameType) },
      time: { type: 'string', format: 'date-time', description: 'The timestamp, where the data have none.' },
    },
    allOf: eventNames.map((event) => ({
      if: { properties: { type: { const: nameType(event) } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { properties: { data: { $ref: `#/$defs/${event}` } } },
    })),
    $defs: define(hookSchemas.opaque(), 'input'),
  };
}

/** The payload of a lifecycle message, but for the reference of its channel and what is derived. */
function publishedEvent(): Schema {
  return {
    $schema: DIALECT,
    title: 'An event as it is published',
    description: 'The payload on <base>:queues:<queue_id>. Beside these fields: ref, end_code, late.',
    anyOf: eventNames.map((event) => ({
      properties: { event: { const: event } },
      required: ['event'],
      $ref: `#/$defs/${event}`,
    })),
    $defs: define(eventSchemas(), 'output'),
  };
}

/** A tenant's file: its checks go further, as those of a function's environment do. */
function tenant(): Schema {
  const { $schema: _, ...own } = z.toJSONSchema(tenantSchema, {
    io: 'input',
    reused: 'ref',
    metadata: descriptions,
    unrepresentable: 'any',
  });
  return {
    $schema: DIALECT,
    title: "A tenant's file",
    description: 'tenants/<tenant>.json. Name this schema in "$schema", and an editor completes it.',
    ...own,
  };
}

/** A member who expired before any attempt is known by either field. */
const expired = {
  anyOf: ['cc_result', 'member_stop_cause'].map((name) => ({
    properties: { [name]: { const: 'expired' } },
    required: [name],
  })),
};

/** The schema of each event by its name. Events of the same fields share it. */
function define(schemas: Readonly<Record<string, z.ZodMiniType>>, io: 'input' | 'output'): Schema {
  const names = new Map<z.ZodMiniType, string>();
  const definitions: [string, Schema][] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    const shared = names.get(schema);
    names.set(schema, shared ?? name);
    definitions.push([name, shared === undefined ? convert(schema, io) : { $ref: `#/$defs/${shared}` }]);
  }
  const { leaving, expired_leaving, ...others } = Object.fromEntries(definitions);
  return {
    ...others,
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    leaving: { if: expired, then: { $ref: '#/$defs/expired_leaving' }, else: leaving },
    expired_leaving,
  };
}

function convert(schema: z.ZodMiniType, io: 'input' | 'output'): Schema {
  // The variables are any object, which zod can't say of a check of our own.
  const {
    $schema: _,
    additionalProperties: __,
    ...own
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return own;
}
