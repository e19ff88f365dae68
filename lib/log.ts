// One JSON line for whoever is paged: what happened, to which event, and why. Never a field of a hook.
import type { QueueEvent } from './event.ts';
import { bounded } from './printable.ts';

/** Prints one line. `error` is given by its name, message and code: no stack, no command with its arguments. */
export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const { error, ...rest } = more;
  const line = { level, message, ...rest, ...(error !== undefined && { error: described(error) }) };
  // Lambda's console puts a prefix before each line, and CloudWatch would find no figures in it.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** An error without its stack and whatever else it carries. */
export function described(error: unknown): object {
  if (!(error instanceof Error)) return { name: 'unknown' };
  const code = 'code' in error ? error.code : undefined;
  return { name: error.name, message: error.message, ...(code !== undefined && { code }) };
}

/** Identifiers of other sources than Webitel may be any text of any length; CloudWatch cuts off a line that is too long. */
const LONGEST_ID = 100;

/** An event as a line names it. */
export function nameEvent({ id, event, attempt_id, queue_id }: QueueEvent): object {
  const short = (text: string | undefined) => text && bounded(text, LONGEST_ID);
  return { id, event, attempt_id: short(attempt_id), queue_id: short(queue_id) };
}
