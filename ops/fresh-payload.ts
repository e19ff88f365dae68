// Example payloads made new: another attempt, at this moment, with the same gaps between its times.
import { isRecord } from '../lib/field.ts';

const TIMES = ['timestamp', 'joined_at', 'bridged_at'] as const;

type Payload = Record<string, unknown>;

/**
 * The payloads of one call, as they would be if its last time were now. Those of one attempt stay of one attempt.
 * Throws when one of them is not a JSON object.
 * @param attempt the attempt that they are to be of
 * @param now epoch milliseconds
 */
export function freshen(texts: readonly string[], attempt: string, now: number): string[] {
  const payloads = texts.map(parse);
  const newest = Math.max(...payloads.flatMap((payload) => TIMES.map((name) => timeIn(payload, name) ?? 0)));
  return payloads.map((payload) => {
    const fresh: Payload = { ...payload };
    if (payload['attempt_id'] !== undefined) fresh['attempt_id'] = attempt;
    for (const name of TIMES) {
      const time = timeIn(payload, name);
      if (time !== undefined) fresh[name] = `${now - (newest - time)}`;
    }
    return JSON.stringify(fresh);
  });
}

/** Epoch milliseconds; undefined for what is absent, empty or no number. */
function timeIn(payload: Payload, name: string): number | undefined {
  const time = Number(payload[name] || Number.NaN);
  return Number.isFinite(time) ? time : undefined;
}

function parse(text: string): Payload {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error('--new takes payloads that are JSON', { cause });
  }
  if (!isRecord(value)) throw new Error('--new takes payloads that are JSON objects');
  return value;
}
