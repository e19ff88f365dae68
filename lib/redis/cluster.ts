// In a cluster a script runs on one node: each CDR list that lives on another needs a call of its own.
import { setTimeout } from 'node:timers/promises';
import type { Notification } from '../publish/notification.ts';
import { holdGroups, isFailure, type Outcome } from '../publish/publication.ts';
import { findTag } from './keys.ts';
import type { PublishUntil } from './publisher.ts';
import { TRY } from './runner.ts';

/** What needs no other node waits so many milliseconds for them, to save a call. */
const TOGETHER = 250;

/**
 * Publishes what belongs on the first list's node in one call, after one call for each list elsewhere. While such a
 * node is away, what doesn't need it goes on.
 */
export function publishAcrossNodes(publish: PublishUntil, lists: readonly string[]): PublishUntil {
  const [home, ...others] = lists.map(findTag);
  const elsewhere = [...new Set(others)].filter((tag) => tag !== home);
  const findNode = (notification: Notification) => {
    const tag = notification.kind === 'cdr' ? findTag(notification.list) : home;
    return elsewhere.find((other) => other === tag) ?? home;
  };

  return async (publications, lastTry) => {
    const outcomes: Outcome[] = publications.map(() => undefined);
    const publishAt = async (node: string | undefined, these: ReadonlySet<number>, until: number) => {
      const part = publications.flatMap((publication, index) => {
        const notifications = publication.notifications.filter(
          (notification) => findNode(notification) === node,
        );
        return isFailure(outcomes[index]) || notifications.length === 0 || !these.has(index)
          ? []
          : [{ index, publication: { ...publication, notifications } }];
      });
      const answered = await publish(
        part.map(({ publication }) => publication),
        until,
      ).catch((error: Error) => part.map(() => error));
      part.forEach(({ index }, position) => {
        if (!isFailure(outcomes[index])) outcomes[index] = answered[position] ?? outcomes[index];
      });
      holdGroups(publications, outcomes);
    };

    const all = new Set(publications.keys());
    // Elsewhere first, with time left for the first list's node: an event goes on only when its CDR is in all of those, or waits for room there.
    const calls = Promise.all(elsewhere.map((node) => publishAt(node, all, lastTry - TRY)));
    const free = findFree();
    const early = free.size > 0 && (await isSlow(calls));
    if (early) await publishAt(home, free, lastTry);
    await calls;
    await publishAt(home, early ? all.difference(free) : all, lastTry);
    return outcomes;

    /** The publications before which nothing of their group needs another node. */
    function findFree(): Set<number> {
      const bound = new Set<string>();
      return new Set(
        publications.flatMap(({ group, notifications }, index) => {
          if (notifications.some((notification) => findNode(notification) !== home)) bound.add(group);
          return bound.has(group) ? [] : [index];
        }),
      );
    }
  };
}

const isSlow = (calls: Promise<unknown>): Promise<boolean> =>
  Promise.race([calls.then(() => false), setTimeout(TOGETHER, true, { ref: false })]);
