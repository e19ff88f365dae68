// The HTTP endpoint: cheapest check first, and nothing that came with a live token is lost without a word.
import { randomUUID } from 'node:crypto';
import { type Problem, type Refusal, Rejected, refusals } from '../errors.ts';
import type { QueueEvent } from '../event.ts';
import { addressCheck } from './addresses.ts';
import { OPENAPI_FILE } from './contract.ts';
import { describeRefused, keepHeaders, type Quarantine } from './quarantine.ts';
import { type Enqueue, type Knowledge, type Received, receive } from './receive.ts';
import { repeatCheck } from './repeats.ts';
import { plainPath, readPath, sources } from './sources/index.ts';
import type { Authorize } from './tokens.ts';

export type Request = {
  readonly method: string;
  readonly path: string;
  /** by lower-case name */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** whom the gateway saw */
  readonly address: string;
  /** epoch milliseconds */
  readonly receivedAt: number;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text */
  readonly body: string;
};

/** What became of a request, for the log: no personal data. */
export type Outcome = {
  readonly answer: Answer;
  readonly event?: QueueEvent;
  /** this door has accepted the same event before; another door may have, too */
  readonly repeat?: boolean;
  readonly error?: unknown;
};

/** 256 KiB: what a queue hook can't reach and a mistake can. */
export const LARGEST_BODY = 256 * 1024;

/** How many accepted events a door remembers, to say of one that it is a repeat. */
const REMEMBERED = 5_000;

const PATHS = Object.entries(sources).map(
  ([name, { eventInPath }]) => `/hooks/${name}${eventInPath ? '/{event}' : ''}`,
);

export type Known = Knowledge & {
  readonly authorize: Authorize;
  readonly networks: readonly string[];
  /** draining: every hook is refused, so that the queue runs empty */
  readonly door?: 'open' | 'draining';
};

/**
 * Checks, in this order: path and method, door, address, token, size, body, event, fields.
 * @param readContract the OpenAPI description of this door, JSON text
 */
export function openEndpoint(
  known: Known,
  enqueue: Enqueue,
  quarantine: Quarantine,
  readContract: () => string | undefined = () => undefined,
) {
  const allowed = addressCheck(known.networks);
  const isRepeat = repeatCheck(REMEMBERED);
  /** What needs no token. */
  const publicPaths: ReadonlyMap<string, () => Outcome> = new Map([
    ['/health', () => health],
    [`/${OPENAPI_FILE}`, describe],
  ]);

  return async (request: Request): Promise<Outcome> => {
    const { method, path, headers, body, address, receivedAt } = request;
    const answerPublic = publicPaths.get(plainPath(path));
    if (answerPublic !== undefined) return method === 'GET' ? answerPublic() : notAllowed('GET', ONLY_GET);
    const hookPath = readPath(path);
    if (hookPath === undefined) return refuse('unknown_path', `Hooks go to POST ${PATHS.join(' or ')}`);
    if (method !== 'POST') return notAllowed('POST', ONLY_POST);
    if (known.door === 'draining') return closed;
    if (!allowed(address)) return refuse('forbidden', 'The address is not among those allowed');
    const authorized = await known.authorize(headers);
    if (authorized === false)
      return refuse('unauthorized', 'Send Authorization: Bearer <token>, or X-Api-Key');
    if (body.length > LARGEST_BODY) return refuse('too_large', `At most ${LARGEST_BODY} bytes are taken`);
    const received = { ...hookPath, body, headers, receivedAt };
    // Nobody sends it again: once the tokens are known, an operator decides.
    return authorized === undefined ? keep(unverified, received, request) : accept(received, request);
  };

  function describe(): Outcome {
    const body = readContract();
    return body === undefined
      ? refuse('unknown_path', 'This door was started without its description')
      : { answer: { status: 200, headers: JSON_TYPE, body } };
  }

  async function accept(received: Received, request: Request): Promise<Outcome> {
    try {
      const event = await receive(received, known, enqueue);
      const repeat = isRepeat(event.id);
      return {
        event,
        repeat,
        answer: answer(202, { status: 'accepted', id: event.id, ...(repeat && { repeat }) }),
      };
    } catch (error) {
      return error instanceof Rejected ? keep(error, received, request) : unavailable(error);
    }
  }

  async function keep(rejected: Rejected, { source }: Received, request: Request): Promise<Outcome> {
    const { refusal, message: detail, problems } = rejected;
    const refused = describeRefused(rejected, {
      id: randomUUID(),
      tenant: known.tenant,
      received_at: request.receivedAt,
      path: request.path,
      headers: keepHeaders(request.headers, sources[source].readsHeader),
      body: Buffer.from(request.body).toString('base64'),
    });
    try {
      await quarantine(refused);
    } catch (error) {
      return unavailable(error);
    }
    return { ...refuse(refusal, detail, { problems, quarantined: refused.id }), error: rejected };
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

const unverified = new Rejected('unverified', 'The live tokens cannot be read: replay it if it is genuine');

const health: Outcome = { answer: answer(200, { status: 'ok' }) };

const closed = refuse(
  'closed',
  'Nothing was kept: this door takes no hooks now',
  {},
  { 'retry-after': '60' },
);

const ONLY_GET = 'Only GET is understood here';

const ONLY_POST =
  'Only POST is understood here. A redirect (301, 302) turns a POST into a GET: give the flow the final URL';

const notAllowed = (allow: string, detail: string) => refuse('wrong_method', detail, {}, { allow });

const unavailable = (error: unknown): Outcome => ({
  ...refuse('unavailable', 'Nothing was kept: send it again', {}, { 'retry-after': '1' }),
  error,
});

function refuse(
  refusal: Refusal,
  detail: string,
  more: { problems?: readonly Problem[]; quarantined?: string } = {},
  headers = {},
): Outcome {
  const { status, title } = refusals[refusal];
  const { problems = [], quarantined } = more;
  const body = {
    status,
    title,
    detail,
    ...(problems.length > 0 && { problems }),
    ...(quarantined !== undefined && { quarantined }),
  };
  return { answer: answer(status, body, headers) };
}

function answer(status: number, body: object, headers = {}): Answer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}
