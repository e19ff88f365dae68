// What the door refused: seen, mended, replayed.
import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { Rejected } from '../lib/errors.ts';
import { type Line, lineOf } from '../lib/queue/sqs.ts';
import { readBody } from '../lib/receive/body.ts';
import { type Refused, refusedOf } from '../lib/receive/quarantine.ts';
import { receive } from '../lib/receive/receive.ts';
import { readPath, type SourceName, sources } from '../lib/receive/sources/index.ts';
import { type Found, scan } from './scan.ts';
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
    const read = refused.safeParse(parsed(message.body));
    if (read.success) return look({ ...read.data, message });
    foreign++;
    return false;
  });
  return { foreign, complete };
}

/** The same, once each: a replay that died between keeping the new reasons and dropping the old ones leaves two. */
export function eachKept(target: Target, look: (kept: Kept) => Promise<boolean>): Promise<Overlooked> {
  const seen = new Set<string>();
  return eachCopy(target, async (kept) => {
    if (seen.has(kept.id)) return false;
    seen.add(kept.id);
    return look(kept);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What they have in common: status and the fields, else the detail. */
export const reasonOf = ({ status, problems, detail }: Refused): string => {
  const fields = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return `${status} ${fields === '' ? detail : fields}`;
};

export type Mending = {
  /** fields to set, as text */
  readonly set?: Readonly<Record<string, string>>;
  readonly event?: string | undefined;
  /** in the place of the whole body */
  readonly body?: Buffer | undefined;
};

export type Replayed =
  | { readonly id: string; readonly accepted: true; readonly event_id: string; readonly event: string }
  /** `moved`: kept anew with its new reasons */
  | { readonly id: string; readonly accepted: false; readonly reason: string; readonly moved: boolean };

/** Everything a replay does to the outside, step by step, so that a test can die between any two. */
export type Steps = Line & { readonly remove: (kept: Kept) => Promise<void> };

export function stepsOf(target: Target): Steps {
  const { sqs, urls } = target;
  return {
    ...lineOf(sqs, urls),
    remove: async ({ message }) => {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: urls.quarantine, ReceiptHandle: message.receipt }));
    },
  };
}

/**
 * Sends a delivery through the same code as the door, with its original receive time, and removes it when it is
 * accepted. One that is refused again stays, with the new reasons.
 * @param dry says what would happen, and does nothing
 */
export async function replay(
  kept: Kept,
  mending: Mending,
  target: Target,
  steps: Steps,
  dry: boolean,
): Promise<Replayed> {
  const { id, headers, path, received_at } = kept;
  const { source, segment } = readPath(path) ?? { source: 'webitel', segment: undefined };
  const received = {
    source,
    body: mended(source, mending.body ?? Buffer.from(kept.body, 'base64'), mending.set ?? {}),
    segment: mending.event ?? segment,
    // Without a key of its own, a replay that is repeated would be another event.
    headers: {
      ...headers,
      'idempotency-key': headers['idempotency-key'] || headers['webhook-id'] || `quarantine-${id}`,
    },
    receivedAt: received_at,
  };
  try {
    const event = await receive(received, target, dry ? async () => undefined : steps.enqueue);
    if (!dry) await steps.remove(kept);
    return { id, accepted: true, event_id: event.id, event: event.event };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const { message: _, ...raw } = kept;
    const again = refusedOf(error, raw);
    const moved = !dry && reasonOf(again) !== reasonOf(kept);
    if (moved) {
      await steps.quarantine(again);
      await steps.remove(kept);
    }
    return { id, accepted: false, reason: reasonOf(again), moved };
  }
}

/** The body with some fields set, as the object template that it should have been. */
function mended(source: SourceName, body: Buffer, set: Readonly<Record<string, string>>): Buffer {
  if (Object.keys(set).length === 0) return body;
  return Buffer.from(JSON.stringify(sources[source].mend(readBody(body), set)));
}

const KEPT_WORDS = /^(?:true|false|null)$/;

/** A body whose words are hidden, but for the names of fields: what is wrong with its form can still be seen. */
export function masked(body: string, fields: ReadonlySet<string>): string {
  return body.replace(/[\p{L}\p{N}_]+/gu, (word) =>
    fields.has(word) || KEPT_WORDS.test(word) ? word : word.replace(/./gu, '•'),
  );
}
