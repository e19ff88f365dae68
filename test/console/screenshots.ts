// Makes the pictures of docs/console.md from the real thing: npm run screenshots.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { dataFolder, root } from '../../local/settings.ts';
import { dateHook } from '../../simulation/hook.ts';
import { seedRandom } from '../../simulation/random.ts';
import { planShift } from '../../simulation/shift.ts';
import { payload } from '../support/stack.ts';
import { signal } from '../support/tenant.ts';
import { openPage, startConsole } from './run.ts';

const folder = join(root, 'docs/console');
const MINUTE = 60_000;
/** The pictures are of this minute of a shift. */
const MOMENT = 55 * MINUTE;
const QUEUES = {
  42: { name: 'sales', direction: 'inbound' },
  50: { name: 'callback', direction: 'outbound' },
  51: { name: 'winback', direction: 'outbound' },
  53: { name: 'renewals', direction: 'outbound' },
  54: { name: 'field service', direction: 'outbound' },
  55: { name: 'reminders', direction: 'outbound' },
};
const SEED = 3;
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1120, height: 700 };
const WALL = { width: 1400, height: 860 };

type Run = Awaited<ReturnType<typeof startConsole>>;

await mkdir(folder, { recursive: true });
const TENANT = 'acme';
await using run = await startConsole({ QUEUES: JSON.stringify(QUEUES), TENANT });
await playShift(run);
await makeMistakes(run);
await takeWall(run, true);
await takeWall(run, false);
await takeDeliveries(run);
await takeOthers(run);
signal(run.run.process, 'SIGTERM');
await run.run.exit;
await rm(dataFolder({ TENANT }), { recursive: true, force: true });
// Connections of the browser would keep it for a while.
process.exit();

async function takeWall({ browser, url }: Run, dark: boolean): Promise<void> {
  const { page } = await openPage(browser, url, 'wall', dark);
  await page.getByRole('table', { name: 'Queues' }).waitFor();
  await take(page, dark ? 'wall-dark' : 'wall', WALL);
  if (!dark) await take(page, 'wall-phone', PHONE);
}

async function takeDeliveries({ browser, url }: Run): Promise<void> {
  const { page } = await openPage(browser, url);
  await page.getByText('401 wrong token').waitFor();
  await page.getByRole('button', { name: 'Mend refused leaving' }).waitFor();
  await take(page, 'deliveries', DESK);
  await take(page, 'deliveries-phone', PHONE);
  await page.getByRole('button', { name: 'Mend refused leaving' }).click();
  await page.getByLabel('New value of attempt_id').fill('918273');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('It would be accepted').waitFor();
  await page.getByLabel('New value of attempt_id').scrollIntoViewIfNeeded();
  await take(page, 'mend', DESK);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Show leaving' }).first().click();
  await page.getByRole('dialog').getByText('CDR in list').waitFor();
  await take(page, 'call', DESK);
}

async function takeOthers({ browser, url }: Run): Promise<void> {
  const { page } = await openPage(browser, url, 'health');
  await page.getByText('CDR list').waitFor();
  await take(page, 'health', DESK);
  await take(page, 'health-phone', PHONE);
  await page.getByRole('link', { name: 'Trial' }).click();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('What it made in Redis').waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await take(page, 'trial', DESK);
  await take(page, 'trial-phone', PHONE);
}

/** The hooks of a shift until that minute, dated so that the minute is now. */
async function playShift({ post }: Run): Promise<void> {
  const hooks = planShift(seedRandom(SEED), 400, 4, 90_000_000n).filter(({ at }) => at <= MOMENT);
  const begin = Date.now() - MOMENT;
  for (const hook of hooks) await post('/hooks/webitel', JSON.stringify(dateHook(hook, begin)));
}

async function makeMistakes({ post }: Run): Promise<void> {
  const now = Date.now();
  const leaving = { ...(await payload('leaving')), joined_at: now - 90_000, bridged_at: now - 60_000 };
  for (let hook = 0; hook < 3; hook++) await post('/hooks/webitel', '{}', { 'x-api-key': 'old' });
  await post('/webhook/webitel', JSON.stringify(leaving));
  await post('/hooks/webitel', JSON.stringify({ ...leaving, attempt_id: '', timestamp: now }));
  for (const [event, ago] of [
    ['joined', 90],
    ['offering', 80],
    ['bridged', 60],
    ['leaving', 0],
  ] as const) {
    const hook = { ...leaving, attempt_id: '90000900', state: event, timestamp: now - ago * 1000 };
    await post('/hooks/webitel', JSON.stringify(hook));
  }
}

async function take(page: Page, name: string, size: { readonly width: number; readonly height: number }) {
  await page.setViewportSize(size);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
