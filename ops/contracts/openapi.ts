// OpenAPI of the door: every path and status, with requests and the answers that the door gives them.
import { eventNames } from '../../lib/event.ts';
import { OPENAPI_FILE } from '../../lib/receive/contract.ts';
import { LARGEST_BODY } from '../../lib/receive/endpoint.ts';
import { type Answered, answerAll } from './exchanges.ts';
import { cloudEvent, webitelHook } from './hooks.ts';
import { relocate, type Schema } from './json-schema.ts';

/** @param version of the project */
export async function describeDoor(version: string): Promise<Schema> {
  const exchanges = await answerAll();
  return {
    openapi: '3.1.0',
    info: {
      title: "Hookline's door",
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: DESCRIPTION,
    },
    servers: [
      {
        url: '{door}',
        description: 'The URL that the deployment printed; locally that of npm start',
        variables: { door: { default: 'http://localhost:3000' } },
      },
    ],
    tags: [
      { name: 'hooks', description: 'What happens on queues' },
      { name: 'door', description: 'The door itself' },
    ],
    security: [{ bearer: [] }, { key: [] }],
    paths: {
      '/hooks/webitel/{event}': {
        post: {
          ...describeHook(exchanges, '/hooks/webitel/{event}', 'postWebitelEvent', {
            summary: 'A Webitel hook whose event is in the URL',
            description: 'The body must fit the schema of that event.',
          }),
          parameters: [EVENT, ...keys],
        },
      },
      '/hooks/webitel': {
        post: {
          ...describeHook(exchanges, '/hooks/webitel', 'postWebitelHook', {
            summary: 'A Webitel hook that names its event itself',
            description:
              "By the body's `event`, else its `state` (`idle` is joined); else a `cc_result` or `member_stop_cause` of `expired` is leaving, and `status` with `agent_id` is agent_status.",
          }),
          parameters: keys,
        },
      },
      '/hooks/cloudevents': {
        post: {
          ...describeHook(exchanges, '/hooks/cloudevents', 'postCloudEvent', {
            summary: 'A queue hook of any system, as a CloudEvent 1.0',
            description:
              'In structured mode, or in binary mode with the attributes in headers. `source` and `id` are the identity of the event.',
          }),
          parameters: attributeHeaders,
        },
      },
      '/health': {
        get: {
          operationId: 'getHealth',
          tags: ['door'],
          summary: 'Whether the door is open',
          security: [],
          responses: {
            200: answerOf('It is', schema('Health'), { open: { value: { status: 'ok' } } }),
            405: response('WrongMethod'),
          },
        },
      },
      [`/${OPENAPI_FILE}`]: {
        get: {
          operationId: 'getDescription',
          tags: ['door'],
          summary: 'This description',
          security: [],
          responses: {
            200: answerOf('OpenAPI 3.1 as JSON', {
              type: 'object',
              required: ['openapi'],
              properties: { openapi: { type: 'string' } },
            }),
            405: response('WrongMethod'),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'One of the live HOOK_TOKENS' },
        key: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same token' },
      },
      responses: Object.fromEntries(
        Object.entries(refused).map(([status, { name, description, headers }]) => [
          name,
          { ...answerOf(description, schema('Refusal'), listAnswers(exchanges, Number(status))), ...headers },
        ]),
      ),
      schemas: { ...answers, ...listSchemas() },
    },
  };
}

const DESCRIPTION = [
  'Takes hooks of contact-centre queues and keeps them durably before it answers 202.',
  'Checks come in this order: path and method, address, token, size, body, event, fields.',
  'Repeated slashes in a path are one. Every other path is answered 404 with a Refusal.',
  'A body is read by its looks, whatever the content-type is: JSON if it begins with { or [, else a form if it holds =.',
  'What a gateway in front answers by itself (429, 500 and the like) has a body of its own.',
].join(' ');

const EVENT = {
  name: 'event',
  in: 'path',
  required: true,
  description: 'In any case. Another is answered 404, and the hook is kept in quarantine.',
  schema: { enum: eventNames },
  example: 'leaving',
};

const header = (name: string, description: string, more: object = { schema: { type: 'string' } }) => ({
  name,
  in: 'header',
  description,
  ...more,
});

const ONE_EVENT =
  'Hooks of one attempt and event without a timestamp are one event under the same key; without a key each is an event of its own.';
const keys = [
  header('Idempotency-Key', ONE_EVENT),
  header('webhook-id', `Where no Idempotency-Key is. ${ONE_EVENT}`),
];

const BINARY = 'Binary mode';
const attributeHeaders = [
  header('ce-specversion', BINARY, { schema: { const: '1.0' } }),
  header('ce-id', BINARY),
  header('ce-source', BINARY),
  header('ce-type', BINARY, { example: 'hookline.queue.leaving.v1', schema: { type: 'string' } }),
  header('ce-time', `${BINARY}: the timestamp, where the data have none`),
];

const schema = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const response = (name: string): Schema => ({ $ref: `#/components/responses/${name}` });

const answerOf = (description: string, body: Schema, examples?: object) => ({
  description,
  content: { 'application/json': { schema: body, ...(examples && { examples }) } },
});

/** The refusals by their status. */
const refused: Readonly<
  Record<number, { readonly name: string; readonly description: string; readonly headers?: object }>
> = {
  400: { name: 'Unreadable', description: 'Neither a JSON object nor a form; kept in quarantine, raw' },
  401: { name: 'Unauthorized', description: 'No live token; not kept' },
  403: { name: 'Forbidden', description: 'The address is not among those allowed; not kept' },
  404: {
    name: 'NotFound',
    description: 'An unknown event in the URL, kept in quarantine, raw; or an unknown path',
  },
  405: {
    name: 'WrongMethod',
    description: 'Another method than the one that the path has; not kept',
    headers: { headers: { Allow: { description: 'The one method', schema: { enum: ['GET', 'POST'] } } } },
  },
  413: { name: 'TooLarge', description: `More than ${LARGEST_BODY} bytes; not kept` },
  422: {
    name: 'Invalid',
    description: 'A field is missing or wrong, or the event is; kept in quarantine, raw, with the problems',
  },
  503: {
    name: 'Unavailable',
    description: 'The queue took nothing for 8 s, or the door is closed: nothing was kept, send it again',
    headers: {
      headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'string', pattern: '^[0-9]+$' } } },
    },
  },
};

/** Which refusals the path of a hook has: only an event in the URL can be unknown. */
const listRefused = (path: string) =>
  Object.entries(refused).filter(([status]) => status !== '404' || path.includes('{event}'));

const bodies: Readonly<Record<Answered['path'], (type: string) => Schema>> = {
  '/hooks/webitel/{event}': () => ({
    anyOf: [...new Set(eventNames.map((event) => nameSchema('Webitel', event)))].map(schema),
  }),
  '/hooks/webitel': () => schema('WebitelHook'),
  '/hooks/cloudevents': (type) =>
    type === 'application/json'
      ? { anyOf: eventNames.map((event) => schema(nameSchema('CloudEvent', event))) }
      : schema('CloudEvent'),
};

function describeHook(
  exchanges: readonly Answered[],
  path: Answered['path'],
  operationId: string,
  words: { readonly summary: string; readonly description: string },
) {
  const good = exchanges.filter((each) => each.path === path && each.status === 202);
  const types = [...new Set(good.map(({ type }) => type))];
  const content = types.map((type) => [
    type,
    {
      schema: bodies[path](type),
      examples: Object.fromEntries(
        good
          .filter((each) => each.type === type)
          .map(({ name, summary, body }) => [name, { summary, value: body }]),
      ),
    },
  ]);
  return {
    operationId,
    tags: ['hooks'],
    ...words,
    requestBody: { required: true, content: Object.fromEntries(content) },
    responses: {
      202: answerOf(
        'It is in the queue, durably. The same event again gets the same id and is published once.',
        schema('Accepted'),
        Object.fromEntries(good.map(({ name, summary, answer }) => [name, { summary, value: answer }])),
      ),
      ...Object.fromEntries(listRefused(path).map(([status, { name }]) => [status, response(name)])),
    },
  };
}

const listAnswers = (exchanges: readonly Answered[], of: number) =>
  Object.fromEntries(
    exchanges
      .filter(({ status }) => status === of)
      .map(({ name, summary, answer }) => [name, { summary, value: answer }]),
  );

/** What the door answers. */
const answers: Readonly<Record<string, Schema>> = {
  Accepted: {
    type: 'object',
    required: ['status', 'id'],
    properties: {
      status: { const: 'accepted' },
      id: {
        type: 'string',
        pattern: '^[0-9a-f]{32}$',
        description: 'Of the event, in all that is published of it',
      },
      repeat: { const: true, description: 'This door remembers that it accepted the same event before' },
    },
    additionalProperties: false,
  },
  Refusal: {
    type: 'object',
    required: ['status', 'title', 'detail'],
    properties: {
      status: { type: 'integer', description: 'That of the answer' },
      title: { type: 'string' },
      detail: { type: 'string', description: 'What to do' },
      problems: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: {
            path: { type: 'string', description: 'The field; empty where it is the whole body' },
            message: { type: 'string', description: 'What is wrong, and the remedy; never a value' },
          },
          additionalProperties: false,
        },
      },
      quarantined: {
        type: 'string',
        format: 'uuid',
        description: 'Of the delivery in quarantine, where it is kept',
      },
    },
    additionalProperties: false,
  },
  Health: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
};

/** The schemas of both sources. The kinds of fields are the same in both. */
function listSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    [
      ['WebitelHook', 'Webitel', webitelHook()] as const,
      ['CloudEvent', 'CloudEvent', cloudEvent()] as const,
    ].flatMap(([root, prefix, { $schema: _, $defs, ...own }]) => {
      const move = (part: unknown) =>
        relocate(part, (name) => `#/components/schemas/${nameSchema(prefix, name)}`);
      const definitions = Object.entries(Object($defs)).map(([name, each]) => [
        nameSchema(prefix, name),
        move(each),
      ]);
      return [[root, move(own)], ...definitions];
    }),
  );
}

/** The name of a definition: an event's is of its source, a kind of field is nobody's. */
function nameSchema(prefix: string, name: string): string {
  const pascal = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const isEvent = name === 'expired_leaving' || eventNames.some((event) => event === name);
  return isEvent ? `${prefix}${pascal}` : `${pascal}Field`;
}
