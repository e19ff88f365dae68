// What both protocols know of the world around them.
import type { QueueEvent } from '../lib/event.ts';
import { log } from '../lib/log.ts';
import type { Accounts } from './accounts.ts';
import type { LiveSettings } from './config.ts';
import type { Kind, Sessions } from './session.ts';
import type { Changed, Standing } from './standing.ts';

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

/** Tells the clients of one protocol of an event. @param now epoch ms */
export type Tell = (event: QueueEvent, changed: Changed, now: number) => void;

/** What may wait unsent for one client; whoever has more is too slow. */
export const UNSENT_BYTES = 1024 * 1024;
export const UNSENT_PACKETS = 1_000;

/** Who was told to go, and doesn't take even that, is cut off after so many ms. */
export const LAST_WORDS = 5_000;

export const logDropped = (protocol: Kind, clients: number): void =>
  log('warn', 'client dropped: too slow', { protocol, clients });
