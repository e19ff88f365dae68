// Posts hooks in step with the faults, notes in the ledger what is accepted, and posts some again.
import { setTimeout } from 'node:timers/promises';
import { makeUuid } from '../simulation/attempt.ts';
import type { Random } from '../simulation/random.ts';
import type { Ledger } from './ledger.ts';
import type { Delivery, Poster } from './post.ts';
import { type Hook, nameSource, webitel, writeHook } from './systems.ts';

/** How far the callers are and may go, in step with the faults. */
export type Pace = {
  posted: number;
  allowed: number;
  /** Is the way to Redis all that is broken now? */
  watched: boolean;
  /** aborted when the run is over, whatever ended it */
  readonly signal: AbortSignal;
};

export type Repeats = {
  /** events that were posted again */
  readonly duplicates: number;
  /** CloudEvents that were posted again under another id, which makes them another event of the attempt */
  readonly renamed: number;
};

export type HookPoster = {
  readonly pace: Pace;
  /** Posts it as soon as the pace allows. Rejects when it is not accepted. */
  readonly postHook: (random: Random, hook: Hook) => Promise<void>;
  readonly postAgain: (random: Random, hook: Hook) => Promise<void>;
  /** Webitel's hooks have no id: they are posted as the same event. */
  readonly postRenamed: (random: Random, hook: Hook) => Promise<void>;
  /** Rejects when it is not refused. */
  readonly postGarbage: (delivery: Delivery) => Promise<void>;
  readonly countRepeats: () => Repeats;
};

export function openHookPoster(post: Poster['post'], ledger: Ledger, pace: Pace): HookPoster {
  let [duplicates, renamed] = [0, 0];
  const postHook: HookPoster['postHook'] = async (random, hook) => {
    while (pace.posted > pace.allowed) await setTimeout(5, undefined, pace);
    pace.posted++;
    const watchedFrom = pace.watched ? Date.now() : undefined;
    const { status, id } = await post(writeHook(random, hook));
    if (id === undefined) throw new Error(`a good hook was answered ${status}: ${JSON.stringify(hook)}`);
    ledger.accept(id, { source: nameSource(hook.system), fields: hook.fields, watchedFrom });
  };
  const postAgain: HookPoster['postAgain'] = (random, hook) => {
    duplicates++;
    return postHook(random, hook);
  };
  return {
    pace,
    postHook,
    postAgain,
    postRenamed: (random, hook) => {
      if (hook.system === webitel) return postAgain(random, hook);
      renamed++;
      return postHook(random, { ...hook, id: makeUuid(random) });
    },
    postGarbage: async (delivery) => {
      const { status, quarantined = 'not answered' } = await post(delivery);
      if (status < 400 || status >= 500) throw new Error(`garbage was answered ${status}`);
      ledger.refuse(quarantined);
    },
    countRepeats: () => ({ duplicates, renamed }),
  };
}
