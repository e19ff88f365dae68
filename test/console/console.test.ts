// The console in a real browser, as a Webitel admin uses it who knows no terminal.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startProxy } from '../../chaos/proxy.ts';
import type { Counts } from '../../live/console/schema.ts';
import { launchBrowser, noBrowser } from '../support/browser.ts';
import { page as files } from '../support/console.ts';
import { NEWS, openDesk } from '../support/desk.ts';
import { NOW, startLive } from '../support/live.ts';
import { payload, until } from '../support/stack.ts';
import { findBreaches } from './axe.ts';
import { OPEN, openPage, startConsole, untilShown } from './run.ts';

const LIST = 'enigma:notifications:campaigns';

describe(`an admin at the console${noBrowser}`, { skip: noBrowser !== '' }, () => {
  let run: Awaited<ReturnType<typeof startConsole>>;
  before(async () => {
    run = await startConsole();
  });
  after(() => run[Symbol.asyncDispose]());

  it('finds a wrong token, a wrong URL and a missing field, mends the hook, and sees its CDR', async () => {
    const { page, faults } = await openPage(run.browser, run.url);
    await untilShown(page, 'No hook yet.');
    await run.post('/hooks/webitel', '{}', { 'x-api-key': 'hush-hush' });
    await run.post('/hook/webitel', '{}');
    const { attempt_id: _, ...lacking } = await payload('leaving');
    await run.post('/hooks/webitel', JSON.stringify(lacking));
    const away = page.getByRole('region', { name: 'Turned away' });
    await away.getByText('401 wrong token').waitFor();
    await away.getByText('compare the flow’s HOOKLINE_TOKEN').waitFor();
    await away.getByText('/hook/webitel', { exact: true }).waitFor();
    await away.getByText('must end in /hooks/webitel').waitFor();
    assert.ok(!(await page.content()).includes('hush-hush'));
    await page.getByRole('link', { name: 'Wall' }).click();
    await page.getByText('2 hooks turned away in the last minutes').waitFor();
    await page.getByRole('link', { name: 'Deliveries says why' }).click();

    await page.getByRole('button', { name: 'Mend refused leaving' }).click();
    const dialog = page.getByRole('dialog', { name: 'Refused with 422' });
    const field = dialog.getByLabel('New value of attempt_id');
    await field.waitFor();
    const problem = dialog.getByText('is missing: map it in the data of the flow');
    assert.equal(await field.getAttribute('aria-describedby'), await problem.getAttribute('id'));
    assert.ok(!(await dialog.innerText()).includes('380671112233'));
    await dialog.getByRole('button', { name: 'Dry run' }).click();
    await dialog.getByText('It would be refused again').waitFor();
    await field.fill('918273');
    await dialog.getByRole('button', { name: 'Dry run' }).click();
    await dialog.getByText('It would be accepted as leaving').waitFor();
    assert.equal(await run.redis.llen(LIST), 0);
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await dialog.getByText('Accepted as leaving').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await until('the CDR', async () => (await run.redis.llen(LIST)) === 1);
    await untilShown(page, '202 accepted');
    await untilShown(page, 'CDR → campaigns');
    await page.getByRole('button', { name: 'Show leaving of attempt 918273' }).first().click();
    await page.getByText('waits there, as number 1 of 1').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await until(
      'the refused one to be gone',
      async () => (await page.getByText('422 refused').count()) === 0,
    );
    assert.deepEqual(faults, []);
  });

  it('mends a body that is no JSON, once personal data is shown', async () => {
    const { page } = await openPage(run.browser, run.url);
    await run.post('/hooks/webitel', '{"channel":"call","state":"joined","attempt_id":}');
    await page.getByRole('button', { name: 'Mend refused hook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('switch on “Show personal data”').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Show personal data').check();
    await page.getByRole('button', { name: 'Mend refused hook' }).click();
    await dialog.getByLabel('Body').fill('{"channel":"call","state":"joined","attempt_id":"5"}');
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await dialog.getByText('Accepted as joined').waitFor();
  });

  it('leaves out a field that is wrong, where she does not know its value', async () => {
    const { page } = await openPage(run.browser, run.url);
    const hook = { ...(await payload('processing')), attempt_id: '60', joined_at: 'yesterday' };
    await run.post('/hooks/webitel', JSON.stringify(hook));
    await page.getByRole('button', { name: 'Mend refused processing' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Leave joined_at out' }).click();
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await dialog.getByText('Accepted as processing').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Show processing of attempt 60' }).waitFor();
  });

  it('learns where else to look when there is none of what she seeks', async () => {
    const { page } = await openPage(run.browser, run.url);
    await run.post('/hooks/webitel', JSON.stringify({ ...(await payload('joined')), attempt_id: '4711' }));
    const attempt = page.getByLabel('Attempt', { exact: true });
    await attempt.fill('47');
    await page.getByRole('button', { name: 'Show joined of attempt 4711' }).waitFor();
    await attempt.fill('48');
    await page.getByText('Search looks through all of the live stream').waitFor();
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('No such hook is in the live stream').waitFor();
    await attempt.fill('4711');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'Found: 1 hook' }).waitFor();
    // Whoever uses the keyboard is where she was.
    await page.getByRole('button', { name: 'Show joined of attempt 4711' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.locator(':focus').getAttribute('aria-label'), 'Show joined of attempt 4711');
  });

  it('sends a hook of her own, and sees the answer and the messages that it made', async () => {
    const { page, faults } = await openPage(run.browser, run.url, 'trial');
    const form = page.getByRole('form', { name: 'Send a hook' });
    await form.getByLabel('Example').selectOption('leaving');
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText('202 accepted').waitFor();
    // It is scrolled there after it was painted.
    await until('the answer in the window', async () => {
      const answer = await form.getByRole('region', { name: 'Answer' }).boundingBox();
      return answer !== null && answer.y < (page.viewportSize()?.height ?? 0);
    });
    await form.getByText(`in list ${LIST}`).waitFor();
    await form.getByText('on channel enigma:notifications:queues:42').waitFor();
    await form.getByLabel('Token').fill('wrong');
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText('401 the token is wrong').waitFor();
    await form.getByLabel('Token').fill('local-token');
    await form.getByLabel('Body').fill('{"state":"leaving"}');
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText('422 a field is missing or wrong').waitFor();

    const flow = page.getByRole('region', { name: 'The flow for Webitel' });
    await flow.getByLabel('URL of the door').fill('');
    await flow.getByRole('button', { name: 'Copy the flow' }).click();
    await flow.getByText('Name the URL of the door first').waitFor();
    // Letter by letter: what is written so far is no URL yet.
    await flow.getByLabel('URL of the door').pressSequentially('https://hooks.example.com/hooks/webitel/');
    await flow.getByRole('button', { name: 'Copy the flow' }).click();
    const text = await flow.getByLabel('The flow', { exact: true }).inputValue();
    assert.ok(JSON.parse(text).payload !== undefined && text.includes('"https://hooks.example.com"'), text);
    assert.ok(!text.includes('HOOKLINE_URL'));
    assert.deepEqual(faults, []);
  });

  it('sees text as text, whatever a hook carries', async () => {
    const name = '<img src=x onerror="document.title=\'broken\'">';
    const { page, faults } = await openPage(run.browser, run.url);
    const hook = { ...(await payload('bridged')), agent_name: name, agent_extension: name, queue_id: '42' };
    await run.post('/hooks/webitel', JSON.stringify({ ...hook, [name]: name }));
    await run.post('/hooks/webitel', JSON.stringify({ ...hook, attempt_id: name, [name]: name }));
    await page.getByLabel('Show personal data').check();
    for (const opens of ['Show bridged', 'Mend refused bridged']) {
      await page.getByRole('button', { name: opens }).first().click();
      await page.getByRole('dialog').getByText(name.slice(0, 20)).first().waitFor({ state: 'attached' });
      await page.getByRole('button', { name: 'Close' }).click();
    }
    await page.getByRole('link', { name: 'Wall' }).click();
    await page.getByRole('region', { name: 'Agents' }).getByText(name).first().waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.title(), `Wall · ${run.tenant.env.TENANT} · Hookline`);
    assert.deepEqual(faults, []);
  });

  it('sees that the connection is lost, and that it is back', async () => {
    const proxy = await startProxy(0, Number(new URL(run.url).port));
    await using stack = new AsyncDisposableStack();
    stack.defer(proxy.stop);
    const { page } = await openPage(run.browser, `http://127.0.0.1:${proxy.port}/`);
    await page.getByRole('button', { name: 'Show bridged' }).first().waitFor();
    proxy.shut();
    await untilShown(page, 'The connection to the gateway is lost');
    await run.post('/hooks/webitel', JSON.stringify(await payload('missed')));
    proxy.open();
    await until('the end of that', async () => (await page.getByText('is lost').count()) === 0);
    await page.getByRole('button', { name: 'Show missed' }).waitFor();
  });

  it('finds no serious breach of accessibility, on any page, in light and in dark', async () => {
    for (const example of ['joined', 'offering', 'bridged', 'leaving', 'agent_status-pause'])
      await run.post('/hooks/webitel', JSON.stringify(await payload(example)));
    await run.post('/hooks/webitel', '{"state":"leaving","channel":"call"}');
    await run.post('/hooks/webitel', '{}', { 'x-api-key': 'wrong' });
    for (const dark of [false, true])
      for (const name of ['deliveries', 'wall', 'trial', 'health', 'mend', 'call']) {
        const dialog = name === 'mend' || name === 'call';
        const { page } = await openPage(run.browser, run.url, dialog ? 'deliveries' : name, dark);
        await page.getByRole('main').waitFor();
        if (dialog) {
          await page
            .getByRole('button', { name: name === 'mend' ? /^Mend/ : /^Show bridged/ })
            .first()
            .click();
          await page
            .getByRole('dialog')
            .getByRole('listitem')
            .or(page.getByRole('textbox'))
            .first()
            .waitFor();
        }
        if (name === 'health') await untilShown(page, 'Redis');
        if (name === 'wall') await untilShown(page, 'sales');
        assert.deepEqual(await findBreaches(page), [], `${name} ${dark}`);
        await page.context().close();
      }
  });
});

describe(`a supervisor at the console${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('logs in, sees the wall alone, and logs out', async () => {
    await using run = await startConsole({ LIVE_USERS: '{"alice":"wonder"}' });
    const { page } = await openPage(run.browser, run.url, 'deliveries');
    await page.getByLabel('Login').fill('alice');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('The login or its password is wrong').waitFor();
    await page.getByLabel('Password').fill('wonder');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('button', { name: 'Log out alice' }).click();
    await page.getByRole('form', { name: 'Log in' }).waitFor();
  });

  it('is in with all tabs of her browser, and out with all', async () => {
    await using live = await startLive({}, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const { page } = await openPage(browser, `${live.url}/`);
    const other = await page.context().newPage();
    await other.goto(live.url);
    for (const tab of [page, other]) await tab.getByRole('form', { name: 'Log in' }).waitFor();
    await page.getByLabel('Login').fill('alice');
    await page.getByLabel('Password').fill('wonder');
    await page.getByRole('button', { name: 'Log in' }).click();
    await other.getByRole('button', { name: 'Log out alice' }).click();
    for (const tab of [page, other]) await tab.getByRole('form', { name: 'Log in' }).waitFor();
  });
});

describe(`an admin of a gateway on its own${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('sees that nothing is examined there, and that Redis is away', async () => {
    await using live = await startLive({}, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const { page } = await openPage(browser, `${live.url}/`, 'health');
    await page.getByLabel('Login').fill('admin');
    await page.getByLabel('Password').fill('secret');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Redis is read: the gateway has what is published.').waitFor();
    for (const text of ['All is well', 'One moment'])
      assert.equal(await page.getByText(text).count(), 0, text);
    await live.redis.server.stop();
    await page.getByText('Redis is not read.').waitFor();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByText('newer accepted hooks are missing here').waitFor();
  });
});

describe(`an operator of a deployment${noBrowser}`, { skip: noBrowser !== '' }, () => {
  const away = { minute: NOW - 120_000, path: null, count: 3, remedy: 'as the log says' };
  const counts: Counts = {
    by: 'CloudWatch',
    failure: null,
    turnedAway: [
      { ...away, status: 401 },
      { ...away, status: null, count: 2 },
    ],
    givenBack: [{ at: NOW - 60_000, count: 4, causes: [] }],
    repeats: null,
  };

  it('sees the counts of CloudWatch without paths, and the stage beside the tenant', async () => {
    const { desk } = openDesk({ ...NEWS, counts });
    await using live = await startLive(OPEN, undefined, true, { page: files, desk, stage: 'prod' });
    await using browser = await launchBrowser();
    const { page, faults } = await openPage(browser, `${live.url}/`);
    const table = page.getByRole('region', { name: 'Turned away' });
    await table.getByText('401 wrong token').waitFor();
    await table.getByText('not 401').waitFor();
    assert.equal(await table.getByRole('columnheader', { name: 'Path' }).count(), 0);
    await page.getByText('some minutes late and without paths').waitFor();
    await page.getByRole('region', { name: 'Given back' }).getByText('4 events').waitFor();
    await page.getByRole('heading', { name: 'Hookline default, prod' }).waitFor();
    assert.equal(await page.title(), 'Deliveries · default, prod · Hookline');
    assert.deepEqual(faults, []);
  });

  it('sees why they cannot be counted', async () => {
    const failure = 'CloudWatch refuses it';
    const { desk } = openDesk({ ...NEWS, counts: { ...counts, failure, turnedAway: [], givenBack: [] } });
    await using live = await startLive(OPEN, undefined, true, { page: files, desk });
    await using browser = await launchBrowser();
    const { page } = await openPage(browser, `${live.url}/`);
    await page.getByText('cannot be counted: CloudWatch refuses it').waitFor();
    assert.equal(await page.getByText('No hook was turned away').count(), 0);
  });
});
