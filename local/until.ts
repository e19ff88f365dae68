// Waits for a condition: nothing here sleeps for luck.
import { setTimeout } from 'node:timers/promises';

type Unmet = false | undefined;

/**
 * However slow the machine; `patience` milliseconds without it are a failure, also where the condition itself waits for
 * what never comes. @returns what the condition answered
 */
export async function until<T>(
  what: string,
  condition: () => Unmet | T | Promise<Unmet | T>,
  patience = 120_000,
): Promise<T> {
  const giveUp = new AbortController();
  const late = setTimeout(patience, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`waited ${patience / 1000} s for: ${what}`);
  });
  late.catch(() => undefined);
  try {
    for (;;) {
      const met = await Promise.race([condition(), late]);
      if (met) return met;
      await Promise.race([setTimeout(20), late]);
    }
  } finally {
    giveUp.abort();
  }
}
