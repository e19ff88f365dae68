// A delivery that came with a live token and could not be accepted, kept raw so that it can be mended.
import { type Problem, type Rejected, refusals } from './errors.ts';

/** What was delivered. */
export type Raw = {
  readonly id: string;
  readonly tenant: string;
  /** epoch milliseconds */
  readonly received_at: number;
  readonly path: string;
  /** only those that have a say in what the event is */
  readonly headers: Readonly<Record<string, string>>;
  /** base64 of the body as delivered */
  readonly body: string;
};

/** What was delivered, and why it was refused. */
export type Refused = Raw & {
  readonly status: number;
  readonly detail: string;
  readonly problems: readonly Problem[];
};

/** Keeps a refused delivery, durably. Rejects when it was not taken. */
export type Quarantine = (refused: Refused) => Promise<void>;

type Headers = Readonly<Record<string, string | undefined>>;

export function refusedOf({ refusal, message, problems }: Rejected, raw: Raw): Refused {
  return { ...raw, status: refusals[refusal].status, detail: message, problems };
}

/** The sender's own idempotency key; "" is none. */
export const keyOf = (headers: Headers): string | undefined =>
  headers['idempotency-key'] || headers['webhook-id'] || undefined;

/** The headers that are kept: never a token. */
export function tellingOf(headers: Headers): Record<string, string> {
  const names = ['content-type', 'idempotency-key', 'webhook-id'];
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}
