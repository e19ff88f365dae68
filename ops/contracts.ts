// The contracts that a machine can read: of what may be posted, of what is published and of a tenant's file, made from the
// schemas by which they are checked.
import { stringify } from 'yaml';
import * as z from 'zod/mini';
import { descriptions, tenantSchema } from '../local/tenant-schema.ts';
import packageFile from '../package.json' with { type: 'json' };
import { describeMessages } from './contracts/asyncapi.ts';
import { cloudEvent, webitelHook } from './contracts/hooks.ts';
import { DIALECT, type Schema } from './contracts/json-schema.ts';
import { cdrEntry, publishedEvent } from './contracts/messages.ts';
import { describeDoor } from './contracts/openapi.ts';

/** The texts of the contracts, by their files. */
export const contracts = async (): Promise<Readonly<Record<string, string>>> => ({
  'contracts/openapi.yaml': yaml(await describeDoor(packageFile.version)),
  'contracts/asyncapi.yaml': yaml(describeMessages(packageFile.version)),
  'contracts/webitel-hook.schema.json': text(webitelHook()),
  'contracts/cloudevent.schema.json': text(cloudEvent()),
  'contracts/event.schema.json': text(publishedEvent()),
  'contracts/cdr.schema.json': text(cdrEntry()),
  'contracts/tenant.schema.json': text(tenant()),
});

const yaml = (document: Schema) =>
  `# Made by bin/hookline contracts.\n${stringify(document, { lineWidth: 120, aliasDuplicateObjects: false })}`;

const text = (schema: Schema) => `${JSON.stringify(schema, null, 2)}\n`;

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
