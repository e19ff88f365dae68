// Publishes batches on Redis, each with one call of the script.
import { CdrWaits, type Outcome, type Publication, type Publish } from '../publish/publication.ts';
import { publishAcrossNodes } from './cluster.ts';
import { type Completion, encodeBatch, encodeCompletions } from './commands.ts';
import { connectTo } from './connection.ts';
import { findHome, nameLiveStream, nameProbe } from './keys.ts';
import { type Answer, createRunner } from './runner.ts';

/** With the last try, 8.5 s: the consumer has 10. A cluster keeps time back for its further calls. */
const PATIENCE = 6_000;

export type Destination = {
  /** `redis://` or `rediss://`, with the ACL user and password if there are any */
  readonly url: string;
  readonly cluster: boolean;
  /** the first decides on the node of a cluster where the script runs */
  readonly cdrLists: readonly string[];
  /** how many entries a list takes at most; 0 is no bound */
  readonly listMax: number;
  /** how many entries the live stream keeps; 0 is no stream */
  readonly liveMax: number;
  /** are the hooks of calls remembered, so that their CDRs are completed? */
  readonly remember: boolean;
  /** how many replicas must have a CDR before it counts as delivered; 0 asks none */
  readonly replicas: number;
  /** for so many milliseconds a batch is tried again while Redis is away; 6,000 unless given */
  readonly patience?: number;
};

/** What a call did, for who counts. */
export type Tally = Pick<Answer, 'pushed' | 'suppressed' | 'listLength' | 'forgotten'> & {
  readonly milliseconds: number;
};

/** Publishes a batch, and begins no try after `lastTry`, by performance.now(). */
export type PublishUntil = (
  publications: readonly Publication[],
  lastTry: number,
) => Promise<readonly Outcome[]>;

/** Completes CDRs with what the earlier hooks of their calls told, on the node that remembers these. */
export type CompleteUntil = (
  completions: readonly Completion[],
  lastTry: number,
) => Promise<readonly string[]>;

/**
 * Makes a Publish onto Redis. The first batch connects; the connection is kept for the next ones.
 * @param count hears of each round trip
 */
export function createPublisher(
  destination: Destination,
  count: (tally: Tally) => void = () => undefined,
): Publish {
  const { url, cluster, cdrLists, listMax, liveMax, remember, replicas, patience = PATIENCE } = destination;
  const home = findHome(cdrLists);
  const live = liveMax > 0 ? { stream: nameLiveStream(cdrLists), max: liveMax } : undefined;
  const run = createRunner(() => connectTo(url, cluster));
  const publish: PublishUntil = async (publications, lastTry) => {
    if (publications.length === 0) return [];
    const hasCdr = publications.map(({ notifications }) => notifications.some(({ kind }) => kind === 'cdr'));
    const needed = hasCdr.includes(true) ? replicas : 0;
    const begun = performance.now();
    const { errors, acknowledged, ...done } = await run({
      encode: (more) => encodeBatch(publications, { home, listMax, live, remember, ...more }),
      clockKey: publications.some(hasDeadline) ? nameProbe(home) : undefined,
      replicas: needed,
      lastTry,
    });
    count({ ...done, milliseconds: performance.now() - begun });
    return publications.map((_, index): Outcome => {
      const error = errors.get(index);
      if (error !== undefined) return /^(?:FULL|OOM) /.test(error) ? new CdrWaits(error) : new Error(error);
      if (!hasCdr[index] || acknowledged >= needed) return undefined;
      return new CdrWaits(`NOREPLICAS ${acknowledged} of ${needed} replicas have the CDR`);
    });
  };
  const complete: CompleteUntil = async (completions, lastTry) => {
    const begun = performance.now();
    const { completed, errors, ...done } = await run({
      encode: (more) => encodeCompletions(completions, { home, listMax, live, remember, ...more }),
      clockKey: undefined,
      replicas: 0,
      lastTry,
    });
    count({ ...done, milliseconds: performance.now() - begun });
    for (const error of errors.values()) throw new Error(error);
    return completed;
  };
  const publishAll = cluster
    ? publishAcrossNodes(publish, cdrLists, remember ? complete : undefined)
    : publish;
  return (publications) => publishAll(publications, performance.now() + patience);
}

/** Only messages can be late. In a cluster their node is the home; a CDR elsewhere asks for no clock. */
const hasDeadline = ({ deadline, notifications }: Publication) =>
  deadline !== undefined && notifications.some(({ kind }) => kind !== 'cdr');
