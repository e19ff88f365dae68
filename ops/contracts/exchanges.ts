// Requests to the door, each with what it answers: the examples of its description.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LARGEST_BODY, openEndpoint } from '../../lib/receive/endpoint.ts';
import { authorizeBy } from '../../lib/receive/tokens.ts';
import { root } from '../../local/settings.ts';

export type Exchange = {
  /** the path as the description has it */
  readonly path: '/hooks/webitel/{event}' | '/hooks/webitel' | '/hooks/cloudevents';
  readonly summary: string;
  readonly method?: 'GET';
  /** the last segment of the URL */
  readonly event?: string;
  /** without the token */
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** what stands in the way of the door */
  readonly trouble?: 'address' | 'queue' | 'drain';
  /** an object of fields, which is written as the content type says; or text as it is */
  readonly body: Fields | string;
  readonly type: 'application/json' | 'application/x-www-form-urlencoded' | 'application/cloudevents+json';
};

type Fields = Readonly<Record<string, unknown>>;

/** What was sent, and the real answer to it. */
export type Answered = Exchange & {
  readonly name: string;
  readonly request: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly status: number;
  readonly answer: { readonly quarantined?: string };
  readonly answerHeaders: Readonly<Record<string, string>>;
};

export const EXAMPLE_TOKEN = 'local-token';
/** The identifier of what is in quarantine is a random one; in an example it is this. */
export const EXAMPLE_QUARANTINED = '3e1f0c52-8d34-4a57-9b0e-6f1f4a8f2c11';

const file = (name: string): Fields => JSON.parse(readFileSync(join(root, 'events', name), 'utf8'));

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const bridged = file('webitel/bridged.json');
const { data, ...attributes } = file('cloudevents/leaving.json');
const asHeaders = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== 'datacontenttype')
      .map(([name, value]) => [`ce-${name}`, String(value)]),
  );
const { attempt_id: _, ...withoutAttempt } = bridged;
const onPath = { path: '/hooks/webitel/{event}', event: 'bridged', type: json } as const;

const exchanges: Readonly<Record<string, Exchange>> = {
  leaving: {
    ...onPath,
    summary: 'A call has ended',
    event: 'leaving',
    body: file('webitel/leaving.json'),
  },
  leavingForm: {
    ...onPath,
    summary: 'The same as a form',
    event: 'Leaving',
    type: form,
    body: file('webitel/leaving.json'),
  },
  joined: {
    path: '/hooks/webitel',
    summary: 'A call has come in: the state names the event',
    type: json,
    body: file('webitel/joined.json'),
  },
  expired: {
    path: '/hooks/webitel',
    summary: 'A member expired before any attempt: known by cc_result',
    type: json,
    headers: { 'idempotency-key': 'K-3001' },
    body: file('webitel/expired-leaving.json'),
  },
  agentStatus: {
    path: '/hooks/webitel',
    summary: "The team's hook: known by status and agent_id",
    type: form,
    headers: { 'webhook-id': '8f14e45f' },
    body: file('webitel/agent_status.json'),
  },
  structured: {
    path: '/hooks/cloudevents',
    summary: 'Structured mode: the event is the body',
    type: 'application/cloudevents+json',
    body: { ...attributes, data },
  },
  binary: {
    path: '/hooks/cloudevents',
    summary: 'Binary mode: the attributes are headers, the body is the data',
    type: json,
    headers: asHeaders({ ...attributes, id: '7a8f3c1e-2f1b-4b0e-9f55-0c6d1f1b7e02' }),
    body: Object(data),
  },
  noJson: {
    ...onPath,
    summary: 'A text template whose variable had no value',
    body: '{"channel":"call","attempt_id": }',
  },
  empty: { ...onPath, summary: 'Nothing', body: '' },
  wrongToken: { ...onPath, summary: 'No live token', token: 'yesterday', body: bridged },
  wrongAddress: { ...onPath, summary: 'Outside ALLOWED_IPS', trouble: 'address', body: bridged },
  unknownEvent: { ...onPath, summary: 'A misspelt event', event: 'brigded', body: bridged },
  wrongMethod: { ...onPath, summary: 'A redirect made a GET of it', method: 'GET', body: '' },
  tooLarge: { ...onPath, summary: 'More than 256 KiB', body: 'x'.repeat(LARGEST_BODY + 1) },
  missingField: { ...onPath, summary: 'A required field is missing', body: withoutAttempt },
  wrongField: {
    ...onPath,
    summary: 'A field is no number, and another is a placeholder',
    body: { ...bridged, call_bill_sec: 'soon', queue_id: `\${queue_id}` },
  },
  eventMissing: {
    path: '/hooks/webitel',
    summary: 'Nothing names the event',
    type: json,
    body: { channel: 'call', attempt_id: '918273' },
  },
  wrongType: {
    path: '/hooks/cloudevents',
    summary: 'Another type',
    type: 'application/cloudevents+json',
    body: { ...attributes, type: 'hookline.queue.left.v1', data },
  },
  draining: {
    ...onPath,
    summary: 'The door is closed, so that the queue runs empty',
    trouble: 'drain',
    body: bridged,
  },
  queueAway: { ...onPath, summary: 'The queue took nothing for 8 s', trouble: 'queue', body: bridged },
};

/** Sends every request to a door without a network around it. */
export const answerAll = (): Promise<Answered[]> =>
  Promise.all(Object.entries(exchanges).map(([name, exchange]) => answer(name, exchange)));

async function answer(name: string, exchange: Exchange): Promise<Answered> {
  const { path, method = 'POST', event = '', token = EXAMPLE_TOKEN, trouble } = exchange;
  const request = {
    path: path.replace('{event}', event),
    headers: { 'x-api-key': token, 'content-type': exchange.type, ...exchange.headers },
    body: write(exchange),
  };
  const keep = async () => {
    if (trouble === 'queue') throw new Error('the queue is away');
  };
  const networks = trouble === 'address' ? ['10.0.0.0/8'] : [];
  const door = openEndpoint(
    {
      authorize: authorizeBy([EXAMPLE_TOKEN]),
      networks,
      tenant: 'default',
      queues: {},
      door: trouble === 'drain' ? 'draining' : 'open',
    },
    keep,
    keep,
  );
  const { answer } = await door({
    ...request,
    method,
    body: Buffer.from(request.body),
    address: '192.0.2.1',
    receivedAt: 1_782_900_000_000,
  });
  const body = JSON.parse(answer.body);
  return {
    name,
    ...exchange,
    request,
    status: answer.status,
    answerHeaders: answer.headers,
    answer: { ...body, ...('quarantined' in body && { quarantined: EXAMPLE_QUARANTINED }) },
  };
}

function write({ body, type }: Exchange): string {
  if (typeof body === 'string') return body;
  if (type !== form) return JSON.stringify(body);
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) fields.append(name, String(value));
  return fields.toString();
}
