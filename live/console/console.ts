// The console: a page for people, and what it asks. docs/console.md has the table of its requests.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod/mini';
import { log } from '../../lib/log.ts';
import type { Published, Publishing } from '../../lib/publish/relay.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { answer, parseObject, Refused, readText } from '../access/http.ts';
import type { LiveConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { createKey } from '../state/attempts.ts';
import type { Changed } from '../state/reducer.ts';
import { makeStep, makeTimeline } from '../state/timeline.ts';
import { startFigures } from '../state/wall.ts';
import type { Source } from '../stream/reader.ts';
import { type Found, searchStream } from '../stream/search.ts';
import { describeCall, describeDelivery, keepNewest, LISTED, matches } from './deliveries.ts';
import type { Desk } from './desk.ts';
import { startFeed } from './feed.ts';
import { createPageServer, type Page, safeHeaders } from './page.ts';
import * as schema from './schema.ts';
import { createVisitors, type Visitor } from './visitor.ts';
import { describeWall, type KeptCdr, readCdr } from './wall.ts';

export type ConsoleServer = {
  readonly serves: (path: string) => boolean;
  /** Throws Refused. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Takes an event after the state did. */
  readonly note: (published: Published, changed: Changed) => void;
  readonly stop: () => void;
};

export type Options = {
  readonly page: Page | undefined;
  readonly desk: Desk | undefined;
  readonly stage: string | undefined;
  readonly config: LiveConfig;
  readonly publishing: Publishing;
  readonly dayOf: (at: number) => number;
  /** undefined: there is no stream */
  readonly source: Source | undefined;
  readonly reading: () => boolean;
};

/** So many of the newest CDRs are on the wall. */
const CDRS = 20;
/** Bytes of a request: the door takes a body of 256 KiB, and in JSON some characters are longer. */
const LARGEST = 1024 * 1024;
/** So many searches of the stream at once. */
const SEARCHES = 3;

const API = '/console/api/';
const FEED = `${API}events`;
const ME = `${API}me`;

type Asked = {
  readonly visitor: Visitor;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
};
type Route = {
  readonly method: 'GET' | 'POST';
  /** for an Admin alone: whoever sees hooks sees those of every queue */
  readonly admin: boolean;
  readonly answer: (asked: Asked) => object | Promise<object>;
};

export function startConsole(context: Context, options: Options): ConsoleServer {
  const { page, desk, config, publishing, reading } = options;
  const { snapshot, now } = context;
  const { figures, note } = startFigures(snapshot.attempts, options.dayOf, config.SERVICE_LEVEL_SEC * 1000);
  const newest = keepNewest<schema.Delivery>(LISTED);
  const cdrs = keepNewest<KeptCdr>(CDRS);
  const visitors = createVisitors(context, config.TENANT, config.LIVE_OPEN_LOGIN);
  const servePage = page === undefined ? () => false : createPageServer(page);
  const feed = startFeed(
    newest,
    ({ permissions }, reveal) => {
      const over = options.dayOf(figures.day() ?? now()) < options.dayOf(now());
      const view = { snapshot, figures, cdrs: cdrs.list(), reading: reading(), over };
      return describeWall(view, permissions, now(), reveal);
    },
    desk,
  );
  const routes = listRoutes(options);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://console');
    if (servePage(pathname, request, response)) return;
    visitors.check(request);
    const { method } = request;
    if (method === 'POST' && pathname === `${API}login`)
      return answer(response, 200, {}, { 'set-cookie': await visitors.login(request), ...safeHeaders });
    if (method === 'POST' && pathname === `${API}logout`)
      return answer(response, 200, {}, { 'set-cookie': visitors.logout(request), ...safeHeaders });
    const visitor = visitors.find(request);
    if (visitor === undefined) throw new Refused(401, 'Log in');
    context.connections.trust(request.socket);
    if (method === 'GET' && pathname === FEED) {
      const reveal = asksForData({ visitor, query, request }, 'the wall');
      const stays = () => visitors.find(request)?.account === visitor.account;
      return feed.add(response, visitor.account, reveal, stays);
    }
    const route = routes.get(pathname);
    if (route === undefined) throw new Refused(404, 'docs/console.md has the paths');
    if (method !== route.method)
      throw new Refused(405, `Only ${route.method} is understood here`, {}, { allow: route.method });
    if (route.admin && visitor.account.permissions.profile !== 'Admin')
      throw new Refused(403, 'Only an Admin sees this: hooks name callers and agents of every queue');
    const cookie = pathname === ME ? visitors.renew(request, visitor) : undefined;
    const headers = { ...safeHeaders, ...(cookie !== undefined && { 'set-cookie': cookie }) };
    answer(response, 200, await route.answer({ visitor, query, request }), headers);
  }

  return {
    serves: (path) =>
      page !== undefined &&
      (path === '/' || path === '/console.js' || path === '/console.css' || path.startsWith(API)),
    serve,
    note: (published, { moved }) => {
      const { event } = published;
      note(event);
      newest.add(() => describeDelivery(published, publishing));
      // A call leaves once, however often that is posted.
      if (event.event !== 'leaving' || !moved || event.attempt_id === undefined) return;
      const attempt = snapshot.attempts.get(createKey(event.source, event.attempt_id));
      const cdr = readCdr(event, attempt);
      if (cdr !== undefined) cdrs.add(() => cdr);
    },
    stop: feed.stop,
  };
}

function listRoutes(options: Options): ReadonlyMap<string, Route> {
  const { desk, stage, config, publishing, source } = options;
  const search = createSearch(source);
  const get = (respond: Route['answer']): Route => ({ method: 'GET', admin: true, answer: respond });
  const post = (respond: Route['answer']): Route => ({ method: 'POST', admin: true, answer: respond });
  const askDesk = async <T>(question: (desk: Desk) => Promise<T>): Promise<T> => {
    if (desk === undefined)
      throw new Refused(
        404,
        'The gateway has no rights for this: bin/hookline console --stage … --tenant … has them',
      );
    try {
      return await question(desk);
    } catch (error) {
      log('warn', 'console has no answer', { error });
      throw new Refused(503, describeFailure(error));
    }
  };

  const describeMe = ({ visitor: { account, open } }: Asked): schema.Me => ({
    login: account.login,
    profile: account.permissions.profile,
    open,
    tenant: config.TENANT,
    stage: stage ?? null,
    version: packageFile.version,
    desk: desk !== undefined,
    stream: source !== undefined,
    serviceLevel: config.SERVICE_LEVEL_SEC,
    base: config.ENIGMA_BASE,
  });

  const findDeliveries = async ({ query }: Asked): Promise<schema.Deliveries> => {
    const wanted = { attempt: readParameter(query, 'attempt'), agent: readParameter(query, 'agent') };
    const needle = wanted.attempt ?? wanted.agent;
    if (needle === undefined) throw new Refused(400, 'Name an attempt or an agent');
    const { found, complete } = await search(needle, (published) => matches(published, wanted));
    return {
      deliveries: found.toReversed().map((published) => describeDelivery(published, publishing)),
      complete,
    };
  };

  const showCall = async (asked: Asked): Promise<schema.Call> => {
    const { query } = asked;
    const attempt = readParameter(query, 'attempt');
    const id = readParameter(query, 'id');
    const origin = readParameter(query, 'source');
    const needle = attempt ?? id;
    if (needle === undefined) throw new Refused(400, 'Name an attempt, or the id of an event');
    const reveal = asksForData(asked, attempt === undefined ? `event ${id}` : `attempt ${attempt}`);
    const { found } = await search(needle, ({ event }) =>
      attempt === undefined ? event.id === id : event.attempt_id === attempt && event.source === origin,
    );
    const steps =
      attempt === undefined
        ? found.map((published) => makeStep(published, publishing))
        : makeTimeline(found, attempt, origin, publishing);
    return describeCall(steps, publishing, reveal);
  };

  return new Map<string, Route>([
    [ME, { method: 'GET', admin: false, answer: describeMe }],
    [`${API}deliveries`, get(findDeliveries)],
    [`${API}call`, get(showCall)],
    [
      `${API}refused`,
      get(async (asked) => {
        const id = readParameter(asked.query, 'id') ?? '';
        const reveal = asksForData(asked, `refused hook ${id}`);
        return found(await askDesk((each) => each.show(id, reveal)));
      }),
    ],
    [
      `${API}replay`,
      post(async (asked) => {
        const wanted = await readRequest(asked.request, schema.replayRequest);
        const replayed = found(await askDesk((each) => each.replay(wanted)));
        const { id, dry } = wanted;
        if (!dry)
          log('info', 'replayed', { login: asked.visitor.account.login, id, accepted: replayed.accepted });
        return replayed;
      }),
    ],
    [
      `${API}cdr`,
      get(async ({ query }) => {
        const attempt = readParameter(query, 'attempt');
        if (attempt === undefined) throw new Refused(400, 'Name an attempt');
        return askDesk((each) => each.locate(attempt, readParameter(query, 'source')));
      }),
    ],
    [`${API}health`, get(async () => ({ findings: await askDesk((each) => each.examine()) }))],
    [
      `${API}examples`,
      get(async () => {
        const [door, examples] = await askDesk((each) =>
          Promise.all([each.describeDoor(), each.listExamples()]),
        );
        return { url: door.url ?? null, token: door.token ?? null, examples };
      }),
    ],
    [
      `${API}trial`,
      post(async ({ request }) => {
        const wanted = await readRequest(request, schema.trialRequest);
        return askDesk((each) => each.trial(wanted));
      }),
    ],
    [
      `${API}flow`,
      post(async ({ request }) => {
        const { url } = await readRequest(request, schema.flowRequest);
        return { flow: await askDesk((each) => each.writeFlow(url)) };
      }),
    ],
  ]);
}

/** The words of an error for people, with its remedy where it has one. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'See the log';
  return 'remedy' in error ? `${error.message}: ${error.remedy}` : error.message;
}

/** Does it ask for personal data? Who asks is logged. */
function asksForData({ visitor, query }: Asked, of: string): boolean {
  const reveal = query.get('reveal') === '1';
  if (reveal) log('info', 'personal data shown', { login: visitor.account.login, of });
  return reveal;
}

function found<T>(one: T | undefined): T {
  if (one === undefined)
    throw new Refused(404, 'It is in quarantine no more: somebody replayed or dropped it');
  return one;
}

const readParameter = (query: URLSearchParams, name: string): string | undefined =>
  query.get(name)?.trim() || undefined;

/** Throws Refused, which names the fields. */
async function readRequest<T>(request: IncomingMessage, wanted: z.ZodMiniType<T>): Promise<T> {
  const read = wanted.safeParse(parseObject(await readText(request, LARGEST)));
  if (read.success) return read.data;
  throw new Refused(
    400,
    `These fields are wrong: ${read.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
  );
}

/** Of one at a time there is an answer; of many the last wait. */
function createSearch(source: Source | undefined) {
  let running = 0;
  return async (needle: string, wanted: (published: Published) => boolean): Promise<Found> => {
    if (source === undefined) throw new Refused(404, 'No Redis is named: name it with --redis or REDIS_URL');
    if (running >= SEARCHES)
      throw new Refused(503, 'Others are searching: try again in a moment', {}, { 'retry-after': '2' });
    running++;
    try {
      // As JSON has it, without its quotes: identifiers may hold anything.
      const text = JSON.stringify(needle).slice(1, -1);
      return await searchStream(source, { needle: text, matches: wanted, most: LISTED });
    } catch (error) {
      log('warn', 'live stream was not searched', { error });
      throw new Refused(503, 'Redis gives no answer: look at Health', {}, { 'retry-after': '2' });
    } finally {
      running--;
    }
  };
}
