// What the console's page asks and is answered: the server checks by these schemas, the page has their types.
import * as z from 'zod/mini';

const count = z.number();
/** epoch ms */
const moment = z.number();
const maybe = <T extends z.ZodMiniType>(schema: T) => z.nullable(schema);
const text = z.string();

/** Who looks. */
export const me = z.object({
  login: text,
  profile: z.enum(['Admin', 'Supervisor']),
  /** needs no password here: it can't log out */
  open: z.boolean(),
  tenant: text,
  /** of a deployment, where it is known */
  stage: maybe(text),
  version: text,
  /** has the gateway the rights for refused hooks, trial and health? */
  desk: z.boolean(),
  /** is there a live stream to read? */
  stream: z.boolean(),
  serviceLevel: count,
  /** what the names of all channels begin with */
  base: text,
});
export type Me = z.infer<typeof me>;

export const outcomes = z.enum(['made', 'repeat', 'late', 'older']);

/** A message on channels, or a CDR in a list. */
export const made = z.object({
  kind: z.enum(['event', 'message', 'cdr']),
  places: z.array(text),
  /** the message's own type: `call`, `status`, `cdr`, the name of the event */
  type: text,
  outcome: outcomes,
});

/** An accepted hook, without personal data. */
export const delivery = z.object({
  id: text,
  at: moment,
  received_at: moment,
  event: text,
  queue: maybe(text),
  queue_name: maybe(text),
  attempt: maybe(text),
  source: maybe(text),
  /** the extension, else the id */
  agent: maybe(text),
  late: z.boolean(),
  made: z.array(made),
});
export type Delivery = z.infer<typeof delivery>;

export const deliveries = z.object({
  deliveries: z.array(delivery),
  /** false: there are more than are shown */
  complete: z.boolean(),
});
export type Deliveries = z.infer<typeof deliveries>;

/** One event of a call, with what it made. Without `reveal`, personal data are dots. */
export const step = z.object({
  ...delivery.shape,
  /** JSON text of the event */
  fields: text,
  made: z.array(z.object({ ...made.shape, message: text })),
});
export const call = z.object({ steps: z.array(step) });
export type Call = z.infer<typeof call>;

/** Where the CDR of an attempt is, in words, for each list. */
export const whereabouts = z.object({ cdrs: z.array(z.object({ list: text, where: text })) });
export type Whereabouts = z.infer<typeof whereabouts>;

const problem = z.object({ path: text, message: text });

/** A refused hook that is kept. */
export const refusedRow = z.object({
  id: text,
  received_at: moment,
  status: count,
  path: text,
  detail: text,
  problems: z.array(problem),
  event: maybe(text),
  queue: maybe(text),
  attempt: maybe(text),
  agent: maybe(text),
});
export type RefusedRow = z.infer<typeof refusedRow>;

/** Refused, and not kept: counted by minute. Null is what the counter does not know. */
export const turnedAway = z.object({
  minute: moment,
  status: maybe(count),
  path: maybe(text),
  count,
  remedy: text,
});
export type TurnedAway = z.infer<typeof turnedAway>;

/** What waits since Redis did not take it. Without causes, they are not known. */
export const givenBack = z.object({
  at: moment,
  count,
  causes: z.array(z.object({ message: text, remedy: text })),
});
export type GivenBack = z.infer<typeof givenBack>;

/** What is in no queue, newest first. */
export const counts = z.object({
  by: z.enum(['log', 'CloudWatch']),
  /** why they can't be read now */
  failure: maybe(text),
  turnedAway: z.array(turnedAway),
  givenBack: z.array(givenBack),
  /** null: not known */
  repeats: maybe(count),
});
export type Counts = z.infer<typeof counts>;

export const refusedNews = z.object({
  refused: z.array(refusedRow),
  /** how many are kept, shown or not */
  kept: count,
  /** why the quarantine can't be read now */
  failure: maybe(text),
  /** null: nobody here counts */
  counts: maybe(counts),
});
export type RefusedNews = z.infer<typeof refusedNews>;

/** A field of a refused body, or one that is missing there. Without `reveal`, its value is dots. */
const field = z.object({
  name: text,
  value: maybe(text),
  problems: z.array(text),
});
export const refusedDelivery = z.object({
  ...refusedRow.shape,
  /** null: the body can't be read as fields */
  fields: maybe(z.array(field)),
  body: text,
  revealed: z.boolean(),
});
export type RefusedDelivery = z.infer<typeof refusedDelivery>;

export const replayRequest = z.object({
  id: text,
  /** fields to set */
  set: z._default(z.record(text, text), {}),
  event: z.optional(text),
  /** in the place of the whole body */
  body: z.optional(text),
  dry: z.boolean(),
});
export type ReplayRequest = z.infer<typeof replayRequest>;

export const replayed = z.object({
  accepted: z.boolean(),
  /** of the event, when accepted */
  event: maybe(text),
  event_id: maybe(text),
  /** why not, or why it is still in quarantine */
  reason: maybe(text),
  problems: z.array(problem),
});
export type Replayed = z.infer<typeof replayed>;

export const finding = z.object({
  check: text,
  state: z.enum(['good', 'warning', 'failed']),
  detail: text,
  remedy: z.optional(text),
});
export type Finding = z.infer<typeof finding>;
export const health = z.object({ findings: z.array(finding) });

export const trialRequest = z.object({ token: text, body: text });
export type TrialRequest = z.infer<typeof trialRequest>;

export const messages = z.object({
  status: count,
  /** the answer of the door, JSON text */
  answer: text,
  messages: z.array(z.object({ place: text, kind: z.enum(['channel', 'list']), message: text, ms: count })),
  /** what is to be known about them */
  note: maybe(text),
});
export type Messages = z.infer<typeof messages>;

export const examples = z.object({
  url: maybe(text),
  token: maybe(text),
  examples: z.record(text, text),
});
export type Examples = z.infer<typeof examples>;

export const flowRequest = z.object({ url: text });
export const flow = z.object({ flow: text });

/** A queue whose calls come in. Times since are epoch ms. */
const inbound = z.object({
  id: text,
  name: maybe(text),
  waiting: count,
  ringing: count,
  talking: count,
  wrapup: count,
  longestSince: maybe(moment),
  entered: count,
  answered: count,
  abandoned: count,
  /** of those entered, 0 to 1; null while none has */
  inTime: maybe(count),
  abandonRate: maybe(count),
  /** seconds */
  asa: maybe(count),
});
export type Inbound = z.infer<typeof inbound>;

const outbound = z.object({
  id: text,
  name: maybe(text),
  ringing: count,
  talking: count,
  wrapup: count,
  calls: count,
  connected: count,
  connectRate: maybe(count),
});
export type Outbound = z.infer<typeof outbound>;

const agent = z.object({
  id: text,
  extension: maybe(text),
  /** dots without `reveal` */
  name: maybe(text),
  state: z.enum(['ready', 'ringing', 'talking', 'wrapup', 'paused', 'out', 'unknown']),
  cause: maybe(text),
  since: moment,
});
export type Agent = z.infer<typeof agent>;

const cdr = z.object({
  id: text,
  at: moment,
  queue: maybe(text),
  attempt: text,
  agent: maybe(text),
  number: maybe(text),
  seconds: maybe(count),
  result: text,
});
export type Cdr = z.infer<typeof cdr>;

export const wall = z.object({
  /** of the gateway's clock */
  at: moment,
  /** is the stream read now? */
  reading: z.boolean(),
  /** when the door took the newest hook */
  newest: maybe(moment),
  inbound: z.array(inbound),
  outbound: z.array(outbound),
  agents: z.array(agent),
  cdrs: z.array(cdr),
  day: z.object({
    /** of the first step, and its length */
    from: moment,
    step: count,
    /** the most calls that waited at the beginning of a minute of the step */
    waiting: z.array(count),
    /** how long those that were answered in the step had waited, seconds */
    answer: z.array(maybe(count)),
  }),
});
export type Wall = z.infer<typeof wall>;

/** The messages of the stream of the console, by the name of the server-sent event. */
export type Pushed = {
  readonly wall: Wall;
  readonly deliveries: Deliveries;
  readonly refused: RefusedNews;
};
