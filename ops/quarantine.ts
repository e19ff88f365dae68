// What the door refused: seen, mended, replayed.
import * as z from 'zod/mini';
import { Rejected, refusals } from '../lib/errors.ts';
import type { QueueEvent } from '../lib/event.ts';
import { carriable, makeMessage } from '../lib/queue/sqs.ts';
import { describeRefused, type Refused } from '../lib/receive/quarantine.ts';
import { receive } from '../lib/receive/receive.ts';
import { readPath, sources } from '../lib/receive/sources/index.ts';
import { type Found, scan, scanPages } from './scan.ts';
import { deleteAll, type Failures, sendAll } from './sqs.ts';
import type { Target } from './target.ts';

/** A refused delivery, as it lies in the queue. */
export type Kept = Refused & { readonly message: Found };

const refused = z.object({
  id: z.string(),
  tenant: z.string(),
  received_at: z.number(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  status: z.number(),
  detail: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
});

/** What a scan could not look at. */
export type Overlooked = {
  /** messages that are no refused delivery: somebody else's */
  readonly foreign: number;
  /** false: the scan took too long to see the end */
  readonly complete: boolean;
};

/** Looks at each refused delivery, copies included; true for one that was dealt with and deleted. */
export async function eachCopy(target: Target, look: (kept: Kept) => Promise<boolean>): Promise<Overlooked> {
  let foreign = 0;
  const complete = await scan(target.sqs, target.urls.quarantine, async (message) => {
    const kept = readKept(message);
    if (kept !== undefined) return look(kept);
    foreign++;
    return false;
  });
  return { foreign, complete };
}

/** The same, once each: a replay that died between keeping the new reasons and dropping the old ones leaves two. */
export function eachKept(target: Target, look: (kept: Kept) => Promise<boolean>): Promise<Overlooked> {
  const first = firstOnly();
  return eachCopy(target, async (kept) => first(kept) && look(kept));
}

function firstOnly() {
  const seen = new Set<string>();
  return ({ id }: Kept): boolean => {
    const first = !seen.has(id);
    seen.add(id);
    return first;
  };
}

/** Undefined for what is no refused delivery. */
function readKept(message: Found): Kept | undefined {
  const read = refused.safeParse(parsed(message.body));
  return read.success ? { ...read.data, message } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What they have in common: status and the fields, else the detail. */
export const describeReason = ({ status, problems, detail }: Refused): string => {
  const fields = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return `${status} ${fields === '' ? detail : fields}`;
};

/** Came while no live token could be read: nobody knows whose it is. */
export const isUnverified = ({ status }: Refused): boolean => status === refusals.unverified.status;

export type Mending = {
  /** fields to set, as text */
  readonly set?: Readonly<Record<string, string>>;
  readonly event?: string | undefined;
  /** in the place of the whole body */
  readonly body?: Buffer | undefined;
};

export type Replayed =
  /** `left`: why it is still in quarantine, although it was sent */
  | {
      readonly id: string;
      readonly accepted: true;
      readonly event_id: string;
      readonly event: string;
      readonly left?: string;
    }
  /** `moved`: kept anew with its new reasons */
  | { readonly id: string; readonly accepted: false; readonly reason: string; readonly moved: boolean };

/**
 * Everything a replay does to the outside, step by step, so that a test can die between any two. Each answers which
 * it failed for, and why: the first two by the id of the delivery, the last by that of its message.
 */
export type Steps = {
  readonly enqueue: (events: ReadonlyMap<string, QueueEvent>) => Promise<Failures>;
  readonly quarantine: (refused: readonly Refused[]) => Promise<Failures>;
  readonly remove: (kept: readonly Kept[]) => Promise<Failures>;
};

export const openSteps = ({ sqs, urls }: Target): Steps => ({
  enqueue: (events) => {
    const messages = [...events].map(([id, event]) => {
      const {
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: deduplication,
      } = makeMessage(event);
      return { id, body, group, deduplication };
    });
    return sendAll(sqs, urls.events, messages);
  },
  quarantine: (again) =>
    sendAll(
      sqs,
      urls.quarantine,
      again.map((kept) => ({ id: kept.id, body: carriable(JSON.stringify(kept)) })),
    ),
  remove: (kept) =>
    deleteAll(
      sqs,
      urls.quarantine,
      kept.map(({ message }) => message),
    ),
});

/** What is to be replayed, and how. */
export type Replay = {
  readonly chosen: (kept: Kept) => boolean;
  readonly mending: Mending;
  /** says what would happen, and does nothing */
  readonly dry: boolean;
};

/** Replays each delivery that is chosen, once; `report` gets what became of each. */
export async function replayAll(
  target: Target,
  { chosen, mending, dry }: Replay,
  steps: Steps,
  report: (replayed: Replayed) => void,
): Promise<Overlooked> {
  const first = firstOnly();
  let foreign = 0;
  const complete = await scanPages(target.sqs, target.urls.quarantine, 1, async (page) => {
    const read = page.flatMap((message) => readKept(message) ?? []);
    foreign += page.length - read.length;
    const selected = read.filter((kept) => first(kept) && chosen(kept));
    const replayed = await replay(selected, mending, target, steps, dry);
    for (const result of replayed) report(result);
    const gone = new Set(replayed.filter(isGone).map(({ id }) => id));
    return dry ? [] : selected.filter(({ id }) => gone.has(id)).map(({ message }) => message);
  });
  return { foreign, complete };
}

const isGone = (result: Replayed) => (result.accepted ? result.left === undefined : result.moved);

/** What a delivery will become: an event, or a refusal again. */
export type Plan = { readonly kept: Kept } & ({ readonly event: QueueEvent } | { readonly again: Refused });

/**
 * Sends deliveries through the same code as the door, with their original receive times, and removes those that are
 * accepted. One that is refused again stays, with the new reasons. Each by itself: none holds up another.
 */
async function replay(
  page: readonly Kept[],
  mending: Mending,
  target: Target,
  steps: Steps,
  dry: boolean,
): Promise<Replayed[]> {
  const plans = await Promise.all(page.map((kept) => planReplay(kept, mending, target)));
  const events = new Map(plans.flatMap((plan) => ('event' in plan ? [[plan.kept.id, plan.event]] : [])));
  const changed = plans.flatMap((plan) =>
    'again' in plan && describeReason(plan.again) !== describeReason(plan.kept) ? [plan.again] : [],
  );
  const unsent = dry || events.size === 0 ? none : await steps.enqueue(events);
  const unkept = dry || changed.length === 0 ? none : await steps.quarantine(changed);
  const moved = new Set(dry ? [] : changed.map(({ id }) => id).filter((id) => !unkept.has(id)));
  const done = page.filter(({ id }) => moved.has(id) || (events.has(id) && !unsent.has(id)));
  const undeleted = dry || done.length === 0 ? none : await steps.remove(done);
  return plans.map((plan): Replayed => {
    const { id, message } = plan.kept;
    if ('again' in plan)
      return {
        id,
        accepted: false,
        reason: describeReason(plan.again),
        moved: moved.has(id) && !undeleted.has(message.messageId),
      };
    const why = unsent.get(id);
    if (why !== undefined) return { id, accepted: false, reason: `not sent: ${why}`, moved: false };
    const left = undeleted.get(message.messageId);
    const { id: event_id, event } = plan.event;
    return { id, accepted: true, event_id, event, ...(left !== undefined && { left }) };
  });
}

const none: Failures = new Map();

export async function planReplay(kept: Kept, mending: Mending, target: Target): Promise<Plan> {
  const { message: _, ...raw } = kept;
  try {
    const { source, segment } = readPath(kept.path) ?? { source: 'webitel', segment: undefined };
    const key = kept.headers['idempotency-key'] || kept.headers['webhook-id'] || `quarantine-${kept.id}`;
    const delivery = {
      body: mending.body ?? Buffer.from(kept.body, 'base64'),
      segment,
      // Without a key of its own, a replay that is repeated would be another event.
      headers: { ...kept.headers, 'idempotency-key': key },
    };
    const mended = sources[source].mend(delivery, mending.set ?? {}, mending.event);
    const received = { ...mended, source, receivedAt: kept.received_at };
    return {
      kept,
      // What is too large for SQS is refused here, as at the door.
      event: await receive(received, target, async (event) => {
        makeMessage(event);
      }),
    };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { kept, again: describeRefused(error, raw) };
  }
}
