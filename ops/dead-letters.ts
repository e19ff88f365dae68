// What the line gave up on after 1,000 receives: seen, and sent on its way again.
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { readMessage } from '../lib/queue/message.ts';
import { type Found, scan } from './scan.ts';
import type { Target } from './target.ts';

export type DeadLetter = {
  readonly message: Found;
  /** what it is: the event, or why it cannot be read */
  readonly what: string;
  readonly id: string | undefined;
  readonly attempt_id: string | undefined;
};

/** Everything a redrive does to the outside, step by step, so that a test can die between any two. */
export type Steps = {
  readonly send: (letter: DeadLetter) => Promise<void>;
  readonly remove: (letter: DeadLetter) => Promise<void>;
};

export function stepsOf({ sqs, urls }: Target): Steps {
  return {
    send: async ({ message: { body, group, messageId } }) => {
      // Of the dead letter, not of the event: SQS may still know the event's own and would swallow it. A redrive
      // that died before the delete sends the same again.
      const MessageDeduplicationId = `redrive-${messageId}`;
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: urls.events,
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId,
        }),
      );
    },
    remove: async ({ message }) => {
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: urls.deadLetters, ReceiptHandle: message.receipt }),
      );
    },
  };
}

/** Looks at each dead letter, in the order of its call; true for one that was dealt with and deleted. */
export const eachDeadLetter = (
  target: Target,
  look: (letter: DeadLetter) => Promise<boolean>,
): Promise<boolean> => scan(target.sqs, target.urls.deadLetters, (message) => look(letterOf(message)));

/** Back to the events queue; a CDR that is in its list already is not pushed again. */
export async function redrive(letter: DeadLetter, steps: Steps): Promise<true> {
  await steps.send(letter);
  await steps.remove(letter);
  return true;
}

function letterOf(message: Found): DeadLetter {
  try {
    const { event, id, attempt_id } = readMessage(message.body);
    return { message, what: event, id, attempt_id };
  } catch (error) {
    const what = `unreadable: ${error instanceof Error ? error.message : error}`;
    return { message, what, id: undefined, attempt_id: undefined };
  }
}
