// JSON Schema of what may be posted: the body of a Webitel hook, and a CloudEvent.
import { type EventName, eventNames, hookSchemas } from '../../lib/event.ts';
import { nameType, RFC3339 } from '../../lib/receive/sources/cloudevents.ts';
import { defineEvents, isExpired } from './events.ts';
import { convertPosted, DIALECT, defineKinds, refer, type Schema } from './json-schema.ts';

/** What the door decides and no JSON Schema can: each is in the description of the contract, and in its test. */
export const exceptions = {
  numberInText:
    'A number in text must be whole and within 64 bits (a count or a time: within 53) where a JSON number must be, and not beyond a double where it is of seconds; the pattern sees only that it is a number.',
  beyondDouble:
    'A JSON number that a double cannot hold is read by its digits; a validator that reads doubles sees another number.',
  nesting: 'A variable is not nested deeper than 64 levels.',
  time: 'A time must exist in the calendar; the pattern sees only its form.',
  dataAsText: 'Data in text or in base64 are read as a body is; the schema sees only the text.',
} as const;

const writeExceptions = (names: readonly (keyof typeof exceptions)[]) =>
  `What the door takes and the schema takes are the same, but for these: ${names.map((name) => exceptions[name]).join(' ')}`;

/** The events' fields by the event, and the body that names its event itself. */
export function webitelHook(): Schema {
  return {
    $schema: DIALECT,
    title: 'WebitelHook',
    description: [
      'A Webitel hook: the body of POST /hooks/webitel; that of POST /hooks/webitel/{event} is the definition of the event.',
      'A form is the object of its fields, each a text.',
      'Further names are variables. "" and null are absent.',
      writeExceptions(['numberInText', 'beyondDouble', 'nesting']),
    ].join(' '),
    type: 'object',
    anyOf: [
      ...eventNames.map((event) => ({ allOf: [nameIt(event), refer(event)] })),
      { allOf: [unnamed, isExpired, refer('expired_leaving')] },
      {
        allOf: [unnamed, { not: isExpired }, present('status'), present('agent_id'), refer('agent_status')],
      },
    ],
    $defs: { ...defineEvents(hookSchemas.int64(), convertPosted), ...defineKinds() },
  };
}

const absent = (field: string): Schema => ({ properties: { [field]: { enum: ['', null] } } });
const present = (field: string): Schema => ({
  required: [field],
  properties: { [field]: { not: { enum: ['', null] } } },
});
const unnamed: Schema = { allOf: [absent('event'), absent('state')] };

/** The event is the body's `event`, else its `state`, in any case; the state idle is joined. */
function nameIt(event: EventName): Schema {
  const pattern = anyCase(event === 'joined' ? '(?:joined|idle)' : event);
  const named = (field: string): Schema => ({
    required: [field],
    properties: { [field]: { type: 'string', pattern: `^\\s*${pattern}\\s*$` } },
  });
  return { anyOf: [named('event'), { allOf: [absent('event'), named('state')] }] };
}

/** JSON Schema has no flags. */
const anyCase = (pattern: string) =>
  pattern.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);

/** A CloudEvent in structured mode. */
export function cloudEvent(): Schema {
  return {
    $schema: DIALECT,
    title: 'CloudEvent',
    description: [
      'A queue hook as a CloudEvent 1.0: the body of POST /hooks/cloudevents in structured mode.',
      'In binary mode the body is the data, and the attributes are headers.',
      'The fields of the hook are in the data alone: an extension attribute is a variable, whatever its name, unless the data have a variable of that name.',
      writeExceptions(['numberInText', 'beyondDouble', 'nesting', 'time', 'dataAsText']),
    ].join(' '),
    type: 'object',
    required: ['specversion', 'id', 'source', 'type'],
    properties: {
      specversion: { const: '1.0' },
      id: { type: 'string', minLength: 1, description: 'With source, the identity of the event.' },
      source: { type: 'string', minLength: 1, description: 'The system that sends; attempts are its own.' },
      type: { enum: eventNames.map(nameType) },
      time: {
        description: 'The timestamp, where the data have none.',
        anyOf: [{ type: 'string', format: 'date-time', pattern: RFC3339.source }, { type: 'null' }],
      },
    },
    anyOf: [
      { required: ['data'], properties: { data: { type: ['object', 'string'] } } },
      { required: ['data_base64'], properties: { data_base64: { type: 'string' } } },
    ],
    allOf: eventNames.map((event) => ({
      if: { properties: { type: { const: nameType(event) } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { properties: { data: { anyOf: [{ type: 'string' }, refer(event)] } } },
    })),
    $defs: { ...defineEvents(hookSchemas.opaque(), convertPosted), ...defineKinds() },
  };
}
