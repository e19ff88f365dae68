// The screen pop in a real browser, on a real gateway and a whole bridge.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { freePort } from '../../../local/free-port.ts';
import { launchBrowser, noBrowser } from '../../support/browser.ts';
import { startLive } from '../../support/live.ts';
import { payload, startStack, until } from '../../support/stack.ts';
import { startExample } from './program.ts';

const HOSTILE = '<img src=x onerror="document.title=1">+49';

async function logIn(page: Page, gateway: string, password: string): Promise<void> {
  await page.getByLabel('Gateway').fill(gateway);
  await page.getByLabel('Login').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Agent').fill('102');
  await page.getByRole('button').click();
}

describe(`the screen pop${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('shows the call of its agent while it lasts, what a hook holds as text, and goes on with the next gateway', async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    await using stack = await startStack({ LIVE: 'on' });
    const env = { LIVE_ORIGINS: origin, LIVE_PORT: `${await freePort()}` };
    await using live = await startLive(env, stack);
    await using server = startExample(process.execPath, ['clients/examples/screen-pop/serve.ts'], {
      PORT: `${port}`,
    });
    await until('the page', () => server.output().includes(origin));
    await using browser = await launchBrowser();
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(origin);
    const status = page.getByRole('status');
    await logIn(page, live.url, 'wrong');
    await status.filter({ hasText: /login|password/i }).waitFor();
    await logIn(page, live.url, 'secret');
    await status.getByText('Listening for agent 102').waitFor();
    // The page has sent its init; the gateway has taken it when it counts a client.
    const isIn = async () =>
      (await (await fetch(`${live.url}/metrics`)).text()).includes('hookline_clients{protocol="axialys"} 1');
    await until('its init', isIn);

    const post = async (name: string, fields: object) => {
      const body = JSON.stringify({ ...(await payload(name)), ...fields });
      assert.equal((await stack.post('/hooks/webitel', body)).status, 202);
    };
    const card = page.getByRole('article');
    const others = { attempt_id: '1', agent_id: '103', destination: '4930' };
    const own = { attempt_id: '2', agent_id: '102', destination: HOSTILE };
    await post('offering', others);
    await post('offering', own);
    await card.waitFor();
    assert.deepEqual((await card.innerText()).split('\n'), [HOSTILE, 'ringing', 'queue 42']);
    assert.equal(await card.locator('img').count(), 0);
    assert.equal(await page.title(), 'Screen pop');
    await post('bridged', own);
    await card.getByText('connected').waitFor();
    await post('leaving', others);
    await post('leaving', own);
    await card.waitFor({ state: 'hidden' });

    await live[Symbol.asyncDispose]();
    await status.getByText('Not connected').waitFor();
    await using _again = await startLive(env, stack);
    await status.getByText('Listening for agent 102').waitFor();
    await until('its next init', isIn);
    await post('offering', { ...own, attempt_id: '3', destination: '4931' });
    await card.getByText('4931').waitFor();
  });
});
