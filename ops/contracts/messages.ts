// JSON Schema of what is published in Redis: events and CDRs.
import * as z from 'zod/mini';
import { eventNames, eventSchemas } from '../../lib/event.ts';
import { callFigures, cdrKeys } from '../../lib/publish/dialects/enigma-messages.ts';
import { defineEvents } from './events.ts';
import { convert, DIALECT, refer, type Schema } from './json-schema.ts';

/** The payload of a lifecycle message, but for the reference of its channel and what is derived. */
export function publishedEvent(): Schema {
  return {
    $schema: DIALECT,
    title: 'Event',
    description:
      'An event as it is published: the payload on <base>:queues:<queue_id>. Beside these fields: ref, end_code, late.',
    anyOf: eventNames.map((event) => ({
      properties: { event: { const: event } },
      required: ['event'],
      ...refer(event),
    })),
    $defs: defineEvents(eventSchemas(), (schema) => convert(schema, 'output')),
  };
}

/** An entry of a CDR list. */
export function cdrEntry(): Schema {
  return {
    $schema: DIALECT,
    title: 'CdrEntry',
    description: [
      'An entry of a CDR list: what BRPOP and BLMOVE take from <base>:campaigns.',
      'The twelve keys of the Enigma page, from extension to ref, are always all present, null where nobody knows them; beside them are the fields of the leaving event, and what the earlier hooks of the call told.',
      'New keys may come: take what you know.',
      'The payload of an entry of INCOMPLETE_LISTS is IncompleteCdr.',
    ].join(' '),
    type: 'object',
    required: ['type', 'payload'],
    properties: { type: { const: 'cdr' }, payload: refer('Cdr') },
    $defs: { Cdr: cdrPayload(), IncompleteCdr: incompletePayload() },
  };
}

/** Its attempt and its channel are always known. */
export const cdrPayload = (): Schema =>
  convert(
    z.looseObject({
      ...eventSchemas().joined.shape,
      event: z.literal('leaving'),
      channel: z.literal('call'),
      ...cdrKeys,
      ...callFigures,
    }),
    'output',
  );

/** Of a call whose leaving never came: what its newest hook told, if anything. How it ended, nobody knows. */
export function incompletePayload(): Schema {
  const { id, tenant, attempt_id, variables, source, ...event } = eventSchemas().joined.shape;
  const { incomplete, completes: _, ...figures } = callFigures;
  return convert(
    z.looseObject({
      ...z.partial(z.object({ ...event, event: z.enum(eventNames) })).shape,
      ...{ id, tenant, attempt_id, variables, source },
      ...cdrKeys,
      end_reason: z.null(),
      end_code: z.null(),
      call_time: z.null(),
      ...figures,
      incomplete: z.nonoptional(incomplete),
    }),
    'output',
  );
}
