// A source: how one system's hooks are read.
import type { Hook } from '../../event.ts';

/** By lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** A hook as it was delivered. */
export type Delivery = {
  readonly body: Uint8Array;
  readonly headers: Headers;
  /** the last segment of the URL, when there is one */
  readonly segment?: string | undefined;
};

/** What a delivery says. */
export type Reading = {
  /** the hook's own fields, normalised */
  readonly hook: Hook;
  /** every further variable, as it came */
  readonly variables: Record<string, unknown>;
  /** which of the source's systems sent it, where there may be several whose identifiers are not the same */
  readonly origin?: string;
  /**
   * What makes two deliveries the same event, beside tenant, source and origin; undefined where nothing does, and each
   * is an event of its own.
   */
  readonly identity: readonly unknown[] | undefined;
};

export type Source = {
  /** Throws Rejected for what cannot be accepted as it stands. Pure: no clock, no environment. */
  readonly read: (delivery: Delivery) => Reading;
  /** May the last segment of the URL name the event? */
  readonly eventInPath: boolean;
  /**
   * A refused delivery with some fields set, and with another event where one is named. Throws Rejected when the body
   * that they belong into cannot be read.
   */
  readonly mend: (
    delivery: Delivery,
    set: Readonly<Record<string, string>>,
    event: string | undefined,
  ) => Delivery;
  /** Does this header, by its lower-case name, have a say in what the event is? A refused delivery keeps it. */
  readonly readsHeader: (name: string) => boolean;
};
