// In a cluster a script runs on one node: each CDR list that lives on another needs a call of its own.

import type { Notification } from '../publish/notification.ts';
import { hold, type Publish } from '../publish/relay.ts';
import { tagOf } from './keys.ts';

/** Says what belongs on the first list's node in one call, after one call for each list elsewhere. */
export function acrossNodes(publish: Publish, lists: readonly string[]): Publish {
  const [home, ...others] = lists.map(tagOf);
  const elsewhere = [...new Set(others)].filter((tag) => tag !== home);
  const nodeOf = (notification: Notification) => {
    const tag = 'list' in notification ? tagOf(notification.list) : home;
    return elsewhere.find((other) => other === tag) ?? home;
  };

  return async (sayings) => {
    const failures: (Error | undefined)[] = sayings.map(() => undefined);
    const sayAt = async (node: string | undefined) => {
      const part = sayings.flatMap((saying, index) => {
        const notifications = saying.notifications.filter((notification) => nodeOf(notification) === node);
        return failures[index] !== undefined || notifications.length === 0
          ? []
          : [{ index, saying: { ...saying, notifications } }];
      });
      const outcomes = await publish(part.map(({ saying }) => saying)).catch((error: Error) =>
        part.map(() => error),
      );
      part.forEach(({ index }, position) => {
        failures[index] ??= outcomes[position];
      });
      hold(sayings, failures);
    };
    // Elsewhere first: an event goes on only when its CDR is in all of those.
    await Promise.all(elsewhere.map(sayAt));
    await sayAt(home);
    return failures;
  };
}
