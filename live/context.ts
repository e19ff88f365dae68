// What both protocols know of the gateway around them.
import type { QueueEvent } from '../lib/event.ts';
import type { Accounts } from './access/accounts.ts';
import type { Connections } from './access/connections.ts';
import type { Addresses } from './access/http.ts';
import type { Sessions } from './access/session.ts';
import type { Throttle } from './access/throttle.ts';
import type { LiveSettings } from './config.ts';
import type { Changed, Snapshot } from './state/reducer.ts';

export type Context = {
  readonly accounts: Accounts;
  readonly throttle: Throttle;
  readonly sessions: Sessions;
  readonly settings: LiveSettings;
  readonly snapshot: Snapshot;
  /** origins of browsers' pages that are let in */
  readonly origins: readonly string[];
  /** epoch ms */
  readonly now: () => number;
  readonly addresses: Addresses;
  readonly connections: Connections;
};

/** Sends an event to the clients of one protocol. */
export type Notify = (event: QueueEvent, changed: Changed) => void;
