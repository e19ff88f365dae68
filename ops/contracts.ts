// The contracts that a machine can read: of what may be posted, of what is published and of a tenant's file, made from the
// schemas by which they are checked.
import { stringify } from 'yaml';
import * as z from 'zod/mini';
import { eventNames, eventSchemas } from '../lib/event.ts';
import { cdrKeys } from '../lib/publish/dialects/enigma-messages.ts';
import { descriptions, tenantSchema } from '../local/tenant-schema.ts';
import packageFile from '../package.json' with { type: 'json' };
import { defineEvents } from './contracts/events.ts';
import { cloudEvent, webitelHook } from './contracts/hooks.ts';
import { convert, DIALECT, refer, type Schema } from './contracts/json-schema.ts';
import { describeDoor } from './contracts/openapi.ts';

/** The texts of the contracts, by their files. */
export const contracts = async (): Promise<Readonly<Record<string, string>>> => ({
  'contracts/openapi.yaml': yaml(await describeDoor(packageFile.version)),
  'contracts/webitel-hook.schema.json': text(webitelHook()),
  'contracts/cloudevent.schema.json': text(cloudEvent()),
  'contracts/event.schema.json': text(publishedEvent()),
  'contracts/cdr.schema.json': text(cdrEntry()),
  'contracts/tenant.schema.json': text(tenant()),
});

const yaml = (document: Schema) =>
  `# Made by bin/hookline contracts.\n${stringify(document, { lineWidth: 120, aliasDuplicateObjects: false })}`;

const text = (schema: Schema) => `${JSON.stringify(schema, null, 2)}\n`;

/** The payload of a lifecycle message, but for the reference of its channel and what is derived. */
function publishedEvent(): Schema {
  return {
    $schema: DIALECT,
    title: 'An event as it is published',
    description: 'The payload on <base>:queues:<queue_id>. Beside these fields: ref, end_code, late.',
    anyOf: eventNames.map((event) => ({
      properties: { event: { const: event } },
      required: ['event'],
      ...refer(event),
    })),
    $defs: defineEvents(eventSchemas(), (schema) => convert(schema, 'output')),
  };
}

/** An entry of a CDR list. Its attempt and its channel are always known. */
function cdrEntry(): Schema {
  const payload = z.looseObject({
    ...eventSchemas().joined.shape,
    event: z.literal('leaving'),
    channel: z.literal('call'),
    ...cdrKeys,
  });
  return {
    $schema: DIALECT,
    title: 'An entry of a CDR list',
    description:
      'What BRPOP and LMOVE take from <base>:campaigns. The twelve keys of the Enigma page, from extension to ref, are always all present, null where nobody knows them; beside them are the fields of the leaving event. New keys may come: take what you know.',
    type: 'object',
    required: ['type', 'payload'],
    properties: { type: { const: 'cdr' }, payload: refer('payload') },
    $defs: { payload: convert(payload, 'output') },
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
