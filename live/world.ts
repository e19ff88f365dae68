// What both protocols know of the world around them.
import type { QueueEvent } from '../lib/event.ts';
import type { Accounts } from './access/accounts.ts';
import type { Sessions } from './access/session.ts';
import type { LiveSettings } from './config.ts';
import type { Changed, Standing } from './state/reducer.ts';

export type World = {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly settings: LiveSettings;
  readonly standing: Standing;
  /** origins of browsers' pages that are let in */
  readonly origins: readonly string[];
  /** epoch ms */
  readonly now: () => number;
  /** @param forwarded X-Forwarded-For */
  readonly addressOf: (peer: string | undefined, forwarded: string | readonly string[] | undefined) => string;
};

/** Tells the clients of one protocol of an event. */
export type Tell = (event: QueueEvent, changed: Changed) => void;
