// In a cluster a script runs on one node: each CDR list that lives on another needs a call of its own.
import type { Notification } from '../publish/notification.ts';
import { holdGroups, type Outcome, type Publish } from '../publish/publication.ts';
import { findTag } from './keys.ts';

/** Publishes what belongs on the first list's node in one call, after one call for each list elsewhere. */
export function publishAcrossNodes(publish: Publish, lists: readonly string[]): Publish {
  const [home, ...others] = lists.map(findTag);
  const elsewhere = [...new Set(others)].filter((tag) => tag !== home);
  const findNode = (notification: Notification) => {
    const tag = notification.kind === 'cdr' ? findTag(notification.list) : home;
    return elsewhere.find((other) => other === tag) ?? home;
  };

  return async (publications) => {
    const outcomes: Outcome[] = publications.map(() => undefined);
    const publishAt = async (node: string | undefined) => {
      const part = publications.flatMap((publication, index) => {
        const notifications = publication.notifications.filter(
          (notification) => findNode(notification) === node,
        );
        return outcomes[index] !== undefined || notifications.length === 0
          ? []
          : [{ index, publication: { ...publication, notifications } }];
      });
      const answered = await publish(part.map(({ publication }) => publication)).catch((error: Error) =>
        part.map(() => error),
      );
      part.forEach(({ index }, position) => {
        outcomes[index] ??= answered[position];
      });
      holdGroups(publications, outcomes);
    };
    // Elsewhere first: an event goes on only when its CDR is in all of those.
    await Promise.all(elsewhere.map(publishAt));
    await publishAt(home);
    return outcomes;
  };
}
