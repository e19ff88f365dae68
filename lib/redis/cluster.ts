// In a cluster a script runs on one node: each CDR list that lives on another needs a call of its own.
import { setTimeout } from 'node:timers/promises';
import type { Notification } from '../publish/notification.ts';
import { CdrWaits, holdGroups, isFailure, type Outcome } from '../publish/publication.ts';
import type { Completion } from './commands.ts';
import { findTag } from './keys.ts';
import type { CompleteUntil, PublishUntil } from './publisher.ts';
import { TRY } from './runner.ts';

/** What needs no other node waits so many milliseconds for them, to save a call. */
const TOGETHER = 250;

/**
 * Publishes what belongs on the first list's node in one call, after one call for each list elsewhere. While such a
 * node is away, what doesn't need it goes on.
 * @param complete completes the CDRs for elsewhere: calls are remembered on the first list's node. Undefined: they are not
 */
export function publishAcrossNodes(
  publish: PublishUntil,
  lists: readonly string[],
  complete: CompleteUntil | undefined,
): PublishUntil {
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
        if (isFailure(outcomes[index]) || notifications.length === 0 || !these.has(index)) return [];
        const { call, ...rest } = publication;
        const cdrWaits = outcomes[index] instanceof CdrWaits;
        if (node === home)
          return [
            { index, publication: { ...rest, ...(call && { call: { ...call, cdrWaits } }), notifications } },
          ];
        const completed = notifications.map((notification) => completions.get(notification) ?? notification);
        return [{ index, publication: { ...rest, notifications: completed } }];
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
    const away = (notification: Notification) => findNode(notification) !== home;
    const completions = await completeAway().catch((error: Error) => {
      publications.forEach(({ call, notifications }, index) => {
        if (call !== undefined && notifications.some(away)) outcomes[index] = error;
      });
      holdGroups(publications, outcomes);
      return new Map<Notification, Notification>();
    });
    // Elsewhere first, with time left for the first list's node: an event goes on only when its CDR is in all of those, or waits for room there.
    const calls = Promise.all(elsewhere.map((node) => publishAt(node, all, lastTry - TRY)));
    const free = findFree();
    const early = free.size > 0 && (await isSlow(calls));
    if (early) await publishAt(home, free, lastTry);
    await calls;
    await publishAt(home, early ? all.difference(free) : all, lastTry);
    return outcomes;

    /** The CDRs for elsewhere, with what the earlier hooks of their calls told, by what they were. */
    async function completeAway(): Promise<ReadonlyMap<Notification, Notification>> {
      const wanted = publications.flatMap(({ group, call, notifications }, index): Completion[] => {
        if (call === undefined) return [];
        const before = publications.slice(0, index).filter((other) => other.group === group);
        const underWay = before.flatMap((other) => other.call?.hook ?? []);
        return notifications
          .filter((notification) => notification.kind === 'cdr')
          .filter(away)
          .map((entry) => ({ call, underWay, entry }));
      });
      if (complete === undefined || wanted.length === 0) return new Map();
      const messages = await complete(wanted, lastTry - 2 * TRY);
      return new Map(
        wanted.map(({ entry }, place) => [
          entry,
          { ...entry, message: messages[place] ?? entry.message, lacking: {} },
        ]),
      );
    }

    /** The publications before which nothing of their group needs another node. */
    function findFree(): Set<number> {
      const bound = new Set<string>();
      return new Set(
        publications.flatMap(({ group, notifications }, index) => {
          if (notifications.some(away)) bound.add(group);
          return bound.has(group) ? [] : [index];
        }),
      );
    }
  };
}

const isSlow = (calls: Promise<unknown>): Promise<boolean> =>
  Promise.race([calls.then(() => false), setTimeout(TOGETHER, true, { ref: false })]);
