// What the console can do only with rights on the queues: whoever runs the gateway with those rights gives it a desk.
import type {
  Finding,
  Messages,
  RefusedDelivery,
  RefusedNews,
  Replayed,
  ReplayRequest,
  TrialRequest,
  Whereabouts,
} from './schema.ts';

export type Desk = {
  /** Where the door is, if that is known, and a token that everybody knows, if that is what it takes. */
  readonly describeDoor: () => Promise<{
    readonly url: string | undefined;
    readonly token: string | undefined;
  }>;
  /** Gives what the door refused, now and after each change, until the answer is called. */
  readonly watch: (hear: (news: RefusedNews) => void) => () => void;
  /** One refused delivery, field by field. Undefined when it is not in quarantine. */
  readonly show: (id: string, reveal: boolean) => Promise<RefusedDelivery | undefined>;
  /** Undefined when it is not in quarantine. */
  readonly replay: (request: ReplayRequest) => Promise<Replayed | undefined>;
  /** Where the CDR of an attempt is now. @param source that of the attempt; undefined for Webitel */
  readonly locate: (attempt: string, source: string | undefined) => Promise<Whereabouts>;
  readonly examine: () => Promise<readonly Finding[]>;
  /** Sends a hook to the door, and answers what it made in Redis. */
  readonly trial: (request: TrialRequest) => Promise<Messages>;
  /** The flow to import into Webitel, JSON text, with the URL of the door filled in. */
  readonly writeFlow: (url: string) => Promise<string>;
  /** Example hooks: JSON text by name. */
  readonly listExamples: () => Promise<Readonly<Record<string, string>>>;
};
