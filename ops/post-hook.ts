// Posts a hook to a door, and waits no longer for its answer than the door may need.
import { describeError, Unanswered } from './trouble.ts';

/** Milliseconds: the door itself tries SQS for eight seconds. */
const LIMIT = 10_000;

/** Rejects with Unanswered. @param url of the door, with the path */
export async function postHook(
  url: string,
  token: string,
  body: string | Uint8Array<ArrayBuffer>,
  limit = LIMIT,
): Promise<{ readonly status: number; readonly answer: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(limit),
    });
    return { status: response.status, answer: await response.text() };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Unanswered(
      `the door at ${new URL(url).origin} gives no answer (${describeError(cause)})`,
      'npm start, or name the door with --url',
      { cause: error },
    );
  }
}
