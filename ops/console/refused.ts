// The quarantine as the console shows it: scanned when something in it changed, never by two at once.
import { setTimeout } from 'node:timers/promises';
import type {
  Counts,
  RefusedDelivery,
  RefusedNews,
  Replayed,
  ReplayRequest,
} from '../../live/console/schema.ts';
import { eachKept, type Kept, openSteps, planReplay, replayAll } from '../quarantine.ts';
import { countMessages } from '../scan.ts';
import type { Target } from '../target.ts';
import { explained } from '../trouble.ts';
import { describeRefused, describeRow } from './fields.ts';

/** Between two counts of the queue, ms. */
const PAUSE = 1_000;
/** So many of the newest are shown, and so many bytes of their bodies are kept at hand. */
const SHOWN = 200;
const AT_HAND = 16 * 1024 * 1024;

export type Refused = {
  /** Looks from now on, and gives what it finds. */
  readonly watch: (hear: (news: RefusedNews) => void) => void;
  /** Looks no more, until somebody watches again. */
  readonly rest: () => void;
  /** Something was kept just now. */
  readonly hurry: () => void;
  /** Something else than the quarantine changed. */
  readonly publish: () => void;
  readonly show: (id: string, reveal: boolean) => Promise<RefusedDelivery | undefined>;
  readonly replay: (request: ReplayRequest) => Promise<Replayed | undefined>;
  /** When SQS took the oldest of those that are shown, epoch ms; Infinity while none is. */
  readonly findOldest: () => Promise<number>;
};

/** @param describeCounts what is in no queue; undefined: nobody here counts it */
export function openRefused(
  findTarget: () => Promise<Target>,
  describeCounts: ((now: number) => Counts) | undefined,
): Refused {
  let hear: ((news: RefusedNews) => void) | undefined;
  /** JSON text of what was heard last */
  let heard = '';
  let running = false;
  let kept = new Map<string, Kept>();
  let total = 0;
  let failure: string | null = null;
  let seen: number | undefined;
  let hurried = Promise.withResolvers<void>();
  /** Whoever works on the queue; a scan gives way to people. */
  let turn: Promise<unknown> = Promise.resolve();
  let people = 0;

  const publish = (): void => {
    if (hear === undefined) return;
    const refused = [...kept.values()]
      .map(describeRow)
      .sort((one, other) => other.received_at - one.received_at)
      .slice(0, SHOWN);
    const counts = describeCounts?.(Date.now()) ?? null;
    const news = { refused, kept: Math.max(total, refused.length), failure, counts };
    const text = JSON.stringify(news);
    if (text === heard) return;
    heard = text;
    hear(news);
  };

  const takeTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  /** Answers whether it saw so many: some may be hidden, by a command that looks at them. */
  const scan = async (count: number): Promise<boolean> => {
    const target = await findTarget();
    const found = new Map<string, Kept>();
    const { foreign } = await eachKept(target, async (one) => {
      found.set(one.id, one);
      // New ones are shown at once; what is gone, when all was seen.
      if (!kept.has(one.id)) {
        kept.set(one.id, one);
        publish();
      }
      return false;
    });
    kept = keepAtHand(found);
    return found.size + foreign >= count;
  };

  const look = async (): Promise<void> => {
    try {
      const target = await findTarget();
      const count = await countMessages(target.sqs, target.urls.quarantine);
      const changed = count !== seen || failure !== null;
      total = count;
      failure = null;
      if (!changed || people > 0) return;
      seen = count;
      if (count === 0) kept = new Map();
      else if (!(await takeTurn(() => scan(count)))) seen = undefined;
    } catch (error) {
      failure = explained(error);
      seen = undefined;
    }
    publish();
  };

  const run = async (): Promise<void> => {
    while (hear !== undefined) {
      const begun = performance.now();
      await look();
      // A long quarantine is scanned less often.
      const pause = Math.max(PAUSE, 2 * (performance.now() - begun));
      await Promise.race([setTimeout(pause), hurried.promise]);
      hurried = Promise.withResolvers<void>();
    }
    running = false;
  };

  return {
    watch: (listener) => {
      hear = listener;
      heard = '';
      publish();
      hurried.resolve();
      if (running) return;
      running = true;
      void run();
    },
    rest: () => {
      hear = undefined;
      hurried.resolve();
    },
    hurry: () => {
      seen = undefined;
      hurried.resolve();
    },
    publish,
    show: async (id, reveal) => {
      const one = kept.get(id);
      return one === undefined ? undefined : describeRefused(one, reveal);
    },
    replay: async (request) => {
      const one = kept.get(request.id);
      if (one === undefined) return undefined;
      const target = await findTarget();
      if (request.dry) return describePlan(await planReplay(one, readMending(request), target));
      people++;
      try {
        return await takeTurn(() => replayOne(target, request));
      } finally {
        people--;
        seen = undefined;
        hurried.resolve();
      }
    },
    findOldest: async () =>
      [...kept.values()].reduce(
        (oldest, { message }) => Math.min(oldest, message.sentAt),
        Number.POSITIVE_INFINITY,
      ),
  };
}

/** The newest, as far as there is room for their bodies. */
function keepAtHand(found: ReadonlyMap<string, Kept>): Map<string, Kept> {
  let bytes = 0;
  const newest = [...found].sort(([, one], [, other]) => other.received_at - one.received_at).slice(0, SHOWN);
  return new Map(
    newest.filter(([, { body }]) => {
      bytes += body.length;
      return bytes <= AT_HAND;
    }),
  );
}

const readMending = ({ set, event, body }: ReplayRequest) => ({
  set,
  event,
  body: body === undefined ? undefined : Buffer.from(body),
});

function describePlan(plan: Awaited<ReturnType<typeof planReplay>>): Replayed {
  if ('event' in plan)
    return { accepted: true, event: plan.event.event, event_id: plan.event.id, reason: null, problems: [] };
  const { detail, problems } = plan.again;
  return { accepted: false, event: null, event_id: null, reason: detail, problems: [...problems] };
}

/** As `hookline quarantine replay --id` does. Undefined when it is not there. */
async function replayOne(target: Target, request: ReplayRequest): Promise<Replayed | undefined> {
  let result: Replayed | undefined;
  const what = { chosen: ({ id }: Kept) => id === request.id, mending: readMending(request), dry: false };
  await replayAll(target, what, openSteps(target), (replayed) => {
    result = replayed.accepted
      ? {
          accepted: true,
          event: replayed.event,
          event_id: replayed.event_id,
          reason: replayed.left ?? null,
          problems: [],
        }
      : { accepted: false, event: null, event_id: null, reason: replayed.reason, problems: [] };
  });
  return result;
}
