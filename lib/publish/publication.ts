// What is published together because it comes from one event, and how it went.
import type { Call } from './call.ts';
import type { Notification } from './notification.ts';

/** All that is published of one event; within a group nothing may be published before what came earlier. */
export type Publication = {
  readonly group: string;
  /** when it is no longer live, epoch milliseconds; absent when it no longer is */
  readonly deadline?: number;
  /** what is remembered of the event for the CDR of its call; absent for what is of no call */
  readonly call?: Call;
  readonly notifications: readonly Notification[];
};

/** Only the CDR waits, for room in Redis or for its replicas: all else is published, and the group goes on. */
export class CdrWaits extends Error {}

/** Undefined for a publication that is complete, else why it is not. */
export type Outcome = Error | undefined;

/**
 * Publishes a batch in order, in one round trip, and answers the outcome of each publication. After a failure that is
 * not CdrWaits the rest of its group has failed too, unpublished. Rejects when it is unknown what was published.
 */
export type Publish = (publications: readonly Publication[]) => Promise<readonly Outcome[]>;

/** Does nothing of its group go on after it? A CDR that waits holds nobody: nothing refers to it. */
export const isFailure = (outcome: Outcome): boolean =>
  outcome !== undefined && !(outcome instanceof CdrWaits);

/** Behind a failure the rest of its group is held: enters into `outcomes` which publications must not go on. */
export function holdGroups(publications: readonly Publication[], outcomes: Outcome[]): void {
  const failed = new Set<string>();
  publications.forEach(({ group }, index) => {
    if (failed.has(group)) outcomes[index] ??= new Error('held');
    if (isFailure(outcomes[index])) failed.add(group);
  });
}
