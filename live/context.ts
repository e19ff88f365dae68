// What both protocols know of the context around them.
import type { QueueEvent } from '../lib/event.ts';
import type { Accounts } from './access/accounts.ts';
import type { Sessions } from './access/session.ts';
import type { LiveSettings } from './config.ts';
import type { Changed, Snapshot } from './state/reducer.ts';

export type Context = {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly settings: LiveSettings;
  readonly snapshot: Snapshot;
  /** origins of browsers' pages that are let in */
  readonly origins: readonly string[];
  /** epoch ms */
  readonly now: () => number;
  /** @param forwarded X-Forwarded-For */
  readonly addressOf: (peer: string | undefined, forwarded: string | readonly string[] | undefined) => string;
};

/** Tells the clients of one protocol of an event. */
export type Notify = (event: QueueEvent, changed: Changed) => void;
