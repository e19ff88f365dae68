// Waits for a condition: nothing here sleeps for luck.
import { setTimeout } from 'node:timers/promises';

/** However slow the machine; `patience` milliseconds without it are a failure. @returns what the condition answered */
export async function until<T>(what: string, condition: () => T | Promise<T>, patience = 60_000): Promise<T> {
  for (const end = Date.now() + patience; ; await setTimeout(20)) {
    const met = await condition();
    if (met) return met;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for: ${what}`);
  }
}
