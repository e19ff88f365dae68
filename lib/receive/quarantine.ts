// A delivery that came with a live token and could not be accepted, kept raw so that it can be mended.
import { type Problem, type Rejected, refusals } from '../errors.ts';

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

export function describeRefused({ refusal, message, problems }: Rejected, raw: Raw): Refused {
  return { ...raw, status: refusals[refusal].status, detail: message, problems };
}

/** The content type and those headers that the source reads: never a token. */
export function keepHeaders(headers: Headers, reads: (name: string) => boolean): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name === 'content-type' || reads(name));
  return Object.fromEntries(kept.map(([name, value = '']) => [name, value]));
}
