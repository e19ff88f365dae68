// What the events queue gave up on after 1,000 receives: seen, and sent on its way again.
import { readMessage } from '../lib/queue/message.ts';
import { type Found, scan, scanPages } from './scan.ts';
import { deleteAll, type Failures, HELD, sendAll } from './sqs.ts';
import type { Target } from './target.ts';

export type DeadLetter = {
  readonly message: Found;
  /** what it is: the event, or why it cannot be read */
  readonly what: string;
  /** false: this version cannot read it */
  readonly readable: boolean;
  readonly id: string | undefined;
  readonly attempt_id: string | undefined;
};

/** Everything a redrive does to the outside, step by step, so that a test can die between any two. */
export type Steps = {
  /** answers by message id which were not sent, and why */
  readonly send: (letters: readonly DeadLetter[]) => Promise<Failures>;
  readonly remove: (letters: readonly DeadLetter[]) => Promise<Failures>;
};

export const openSteps = ({ sqs, urls }: Target): Steps => ({
  send: (letters) => {
    const messages = letters.map(({ message: { messageId, body, group } }) => ({
      id: messageId,
      body,
      group,
      // Of the dead letter, not of the event: SQS may still know the event's own and would swallow it. A redrive
      // that died before the delete sends the same again.
      deduplication: `redrive-${messageId}`,
    }));
    return sendAll(sqs, urls.events, messages);
  },
  remove: (letters) =>
    deleteAll(
      sqs,
      urls.deadLetters,
      letters.map(({ message }) => message),
    ),
});

/** Looks at each dead letter, in the order of its call; true for one that was dealt with and deleted. */
export const eachDeadLetter = (
  target: Target,
  look: (letter: DeadLetter) => Promise<boolean>,
): Promise<boolean> => scan(target.sqs, target.urls.deadLetters, (message) => look(readLetter(message)));

/** What became of a letter: `left` says why it is still there. */
export type Redriven = { readonly letter: DeadLetter; readonly left?: string };

/** So many pages of letters are on their way at once. SQS gives the letters of one group to one of them. */
const LANES = 16;

const UNREADABLE =
  'redrive it with the version that wrote it, or drop it: what is behind it of its call waits';

/**
 * Sends every letter back to the events queue, in the order of each group; a CDR that is in its list already is not
 * pushed again. One that cannot be read or sent is left, and with it the later ones of its group.
 * @param dry sends nothing; what stands behind another letter of its group is then not seen
 */
export async function redriveAll(
  target: Target,
  steps: Steps,
  dry: boolean,
  report: (redriven: Redriven) => void,
): Promise<void> {
  const left = new Set<string>();
  const stuck = new Set<string>();
  const leave = (letter: DeadLetter, why: string) => {
    stuck.add(letter.message.group);
    if (left.has(letter.message.messageId)) return;
    left.add(letter.message.messageId);
    report({ letter, left: why });
  };
  const redrivePage = async (page: readonly Found[]): Promise<readonly Found[]> => {
    const going: DeadLetter[] = [];
    for (const letter of page.map(readLetter)) {
      if (stuck.has(letter.message.group)) leave(letter, HELD);
      else if (letter.readable) going.push(letter);
      else leave(letter, `${letter.what}: ${UNREADABLE}`);
    }
    const done = dry ? going : await redrive(going, steps, leave);
    for (const letter of done) report({ letter });
    return dry ? [] : done.map(({ message }) => message);
  };
  let gone: number;
  do {
    gone = 0;
    await scanPages(target.sqs, target.urls.deadLetters, LANES, async (page) => {
      const done = await redrivePage(page);
      gone += done.length;
      return done;
    });
    // What was hidden by an earlier command, or came too late for a long scan, is there the next time.
  } while (gone > 0);
}

/** Answers the letters that were sent and deleted; a letter that was not sent is not deleted. */
async function redrive(
  letters: readonly DeadLetter[],
  { send, remove }: Steps,
  leave: (letter: DeadLetter, why: string) => void,
): Promise<DeadLetter[]> {
  if (letters.length === 0) return [];
  const unsent = await send(letters);
  const sent = without(letters, unsent, leave);
  if (sent.length === 0) return [];
  const undeleted = await remove(sent);
  return without(sent, undeleted, (letter, why) => leave(letter, `sent, but not deleted (${why})`));
}

function without(
  letters: readonly DeadLetter[],
  failures: Failures,
  leave: (letter: DeadLetter, why: string) => void,
): DeadLetter[] {
  return letters.filter((letter) => {
    const why = failures.get(letter.message.messageId);
    if (why !== undefined) leave(letter, why);
    return why === undefined;
  });
}

function readLetter(message: Found): DeadLetter {
  try {
    const { event, id, attempt_id } = readMessage(message.body);
    return { message, what: event, readable: true, id, attempt_id };
  } catch (error) {
    const what = `unreadable: ${error instanceof Error ? error.message : error}`;
    return { message, what, readable: false, id: undefined, attempt_id: undefined };
  }
}
