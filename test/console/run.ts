// A run of `npm start` with a browser on its console.
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { poster, until } from '../support/stack.ts';
import { startTenant } from '../support/tenant.ts';

/** A gateway of a test's own that needs no password. */
export const OPEN = { LIVE_USERS: '{"local":"local-token"}', LIVE_SETTINGS: '{}', LIVE_OPEN_LOGIN: 'local' };

/** @param env settings of the run */
export async function startConsole(env: NodeJS.ProcessEnv = {}) {
  await using starting = new AsyncDisposableStack();
  const tenant = starting.use(await startTenant());
  const run = tenant.run({ QUEUES: '{"42":{"name":"sales","direction":"inbound"}}', ...env });
  const browser = starting.use(await launchBrowser('--disable-lcd-text'));
  await tenant.ready(run);
  const url = /^console: (\S+)$/m.exec(run.output())?.[1] ?? '';
  const running = starting.move();
  return {
    tenant,
    run,
    browser,
    url,
    redis: tenant.client(),
    post: poster(run.url),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A page of the console, and what goes wrong in it: nothing may. */
export async function openPage(browser: Browser, url: string, name = 'deliveries', dark = false) {
  const context = await browser.newContext({ colorScheme: dark ? 'dark' : 'light' });
  // A machine may be slow: nothing here is about how long it takes.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(request.url());
  });
  await page.goto(`${url}#/${name}`);
  return { page, faults };
}

/** The text of a cell of a table, by the header of its row and the place of its column. */
export async function readCells(page: Page, caption: string): Promise<Readonly<Record<string, string[]>>> {
  const table = page.getByRole('table', { name: caption });
  await table.waitFor();
  const rows = await table.locator('tbody tr').all();
  const cells = rows.map(async (row) => {
    const [name = '', ...values] = await row.locator('th, td').allInnerTexts();
    return [name, values] as const;
  });
  return Object.fromEntries(await Promise.all(cells));
}

export const untilShown = (page: Page, text: string | RegExp) =>
  until(`${text} on the page`, async () => (await page.getByText(text).count()) > 0);
