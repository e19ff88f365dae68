// A real browser for tests of pages: the distribution's chromium, where it is installed.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

/** For titles, why a test is skipped; empty where there is a browser. */
export const noBrowser = existsSync(PROGRAM) ? '' : ' (skipped, to run it: apt-get install chromium)';

/** One of the test's own, without windows: `await using`. @param args more options of its command line */
export const launchBrowser = (...args: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: PROGRAM, args, timeout: 120_000 });
