// The wall in a real browser: its numbers are those of the raw stream, and ten thousand hooks don't fill the page.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { type QueueEvent, readEvent } from '../../lib/event.ts';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { launchBrowser, noBrowser } from '../support/browser.ts';
import { page as files } from '../support/console.ts';
import { happened, type Live, NOW, STREAM, startLive } from '../support/live.ts';
import { until } from '../support/stack.ts';
import { findBreaches } from './axe.ts';
import { OPEN, openPage, readCells, startConsole } from './run.ts';

type Hook = Readonly<Record<string, unknown>>;

const number = (value: unknown) => Number(value);

/** Where it is noon now: all of a shift is of today. */
function findNoon(): string {
  const west = new Date().getUTCHours() - 12;
  return `Etc/GMT${west < 0 ? west : `+${west}`}`;
}

/** What the wall shows of one queue, from all its hooks: slow, plain, and with nothing of the gateway in it. */
function recount(hooks: readonly Hook[]) {
  const calls = Map.groupBy(hooks, (hook) => hook['attempt_id']);
  const first = (call: readonly Hook[], event: string) =>
    call.filter((hook) => hook['event'] === event).map((hook) => number(hook['timestamp']))[0];
  const lives = [...calls.values()].map((call) => ({
    joined: first(call, 'joined'),
    since: number(call.find((hook) => hook['event'] === 'joined')?.['joined_at'] ?? first(call, 'joined')),
    bridged: first(call, 'bridged'),
    left: first(call, 'leaving'),
  }));
  const entered = lives.filter(({ joined }) => joined !== undefined);
  const answered = entered.filter(({ bridged }) => bridged !== undefined);
  const waits = answered.map(({ since, bridged = 0 }) => bridged - since);
  const lost = entered.filter(({ bridged, left }) => bridged === undefined && left !== undefined);
  const share = (part: number, all: number) => (all === 0 ? '–' : `${Math.round((part / all) * 100)}\u00a0%`);
  const connected = lives.filter(({ bridged }) => bridged !== undefined);
  return {
    inbound: {
      entered: `${entered.length}`,
      answered: `${answered.length}`,
      abandoned: `${lost.length}`,
      inTime: share(waits.filter((wait) => wait <= 20_000).length, entered.length),
      asa:
        waits.length === 0
          ? '–'
          : `${Math.round(waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1000)}\u00a0s`,
    },
    outbound: {
      calls: `${lives.length}`,
      connected: `${connected.length}`,
      rate: share(connected.length, lives.length),
    },
  };
}

/** What the page shows of each queue. */
async function readWall(page: Page) {
  const [inbound, outbound] = [await readCells(page, 'Queues'), await readCells(page, 'Outbound')];
  return {
    inbound: mapValues(inbound, ([, , , , , entered, answered, abandoned = '', inTime, asa]) => ({
      entered,
      answered,
      abandoned: abandoned.split(/\s/)[0],
      inTime,
      asa,
    })),
    outbound: mapValues(outbound, ([, , , calls, connected, rate]) => ({ calls, connected, rate })),
  };
}

const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (from: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

describe(`the wall${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('shows after a simulated shift what a plain recount of the stream gives', async () => {
    await using run = await startConsole({ TZ: findNoon() });
    const { page, faults } = await openPage(run.browser, run.url, 'wall');
    const shift = ['--calls', '60', '--rate', '20', '--speed', '60', '--seed', '7'];
    const { code, out } = await run.tenant.hookline('simulate', ...shift);
    assert.equal(code, 0, out);
    const posted = Number(/, (\d+) hooks/.exec(out)?.[1]);
    await until('all to be published', async () => (await run.redis.xlen(STREAM)) === posted);
    const entries = await run.redis.xrange(STREAM, '-', '+');
    const hooks = entries.map(([, fields]): Hook => JSON.parse(fields[1] ?? '').payload);
    const calls = hooks.filter((hook) => hook['channel'] === 'call' && hook['queue_id'] !== undefined);
    const queues = Map.groupBy(calls, (hook) => String(hook['queue_name'] ?? hook['queue_id']));
    assert.ok(queues.size >= 4);
    const dials = (of: readonly Hook[]) =>
      of[0]?.['direction'] === undefined && of.some((hook) => hook['member_id'] !== undefined);
    const outbound = [...queues].filter(([, of]) => dials(of));
    const inbound = [...queues].filter(([, of]) => !dials(of));
    const expected = {
      inbound: Object.fromEntries(inbound.map(([name, of]) => [name, recount(of).inbound])),
      outbound: Object.fromEntries(outbound.map(([name, of]) => [name, recount(of).outbound])),
    };
    // Each queue is shown by itself: that one has its last hook says nothing of the others.
    let shown: unknown;
    const last = until('the last hook of each queue', async () => {
      shown = await readWall(page);
      return isDeepStrictEqual(shown, expected);
    });
    await last.catch((error: unknown) => {
      assert.deepEqual(shown, expected);
      throw error;
    });
    await until('no agent at a call', async () => (await agents(page)) === 0);
    assert.deepEqual(faults, []);
  });

  it('says when hooks have ceased', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const { page } = await openPage(browser, `${live.url}/`, 'wall');
    await live.say(await happened('joined', { received_at: NOW, timestamp: NOW, joined_at: NOW }));
    await page.getByText(/^newest hook \d+ s ago$/).waitFor();
    live.clock.now = NOW + 7 * 60_000;
    await live.say(await happened('agent_status-online'));
    await page.getByText('No hook for more than 5 min').waitFor();
  });
});

/** The same as `say`, of thousands: each is an event of its own. */
async function sayAll({ redis: { client } }: Live, events: readonly QueueEvent[]): Promise<void> {
  for (let first = 0; first < events.length; first += 500) {
    const pipeline = client.pipeline();
    for (const [place, event] of events.slice(first, first + 500).entries()) {
      const one = { ...event, id: `${first + place}`.padEnd(32, 'x') };
      pipeline.xadd(STREAM, '*', 'event', lifecycleMessage('enigma:notifications', one, false).message);
    }
    await pipeline.exec();
  }
}

const QUEUES = 200;
const AGENTS = 500;

/** A call waits in every tenth queue, in a later one for longer; one in each was abandoned. One agent in ten talks. */
async function planMany(): Promise<QueueEvent[]> {
  const examples = new Map(
    await Promise.all(
      ['joined', 'bridged', 'leaving', 'agent_status-online'].map(
        async (name) => [name, await happened(name)] as const,
      ),
    ),
  );
  const nobody = { agent_id: undefined, agent_extension: undefined, agent_name: undefined };
  const plan = (name: string, ago: number, fields: object): QueueEvent => {
    const at = NOW - ago;
    const times = { timestamp: at, joined_at: at, received_at: at, bridged_at: undefined };
    return readEvent({ ...examples.get(name), ...times, member_id: undefined, ...fields });
  };
  const calls = Array.from({ length: QUEUES }, (_, queue) => {
    const of = { ...nobody, queue_id: `${queue}`, queue_name: `Queue ${queue}` };
    const lost = { ...of, attempt_id: `${10_000 + queue}` };
    const waits = { ...of, attempt_id: `${20_000 + queue}` };
    return [
      plan('joined', 600_000, lost),
      plan('leaving', 590_000, lost),
      ...(queue % 10 === 0 ? [plan('joined', 1_000 * (queue + 1), waits)] : []),
    ];
  });
  const agents = Array.from({ length: AGENTS }, (_, agent) => {
    const who = { agent_id: `${1_000 + agent}`, agent_name: `Agent ${agent}` };
    const call = {
      ...who,
      queue_id: '7',
      attempt_id: `${30_000 + agent}`,
      agent_extension: `${2_000 + agent}`,
    };
    return [
      plan('agent_status-online', 900_000, { ...who, extension: `${2_000 + agent}` }),
      ...(agent % 10 === 0 ? [plan('joined', 40_000, call), plan('bridged', 30_000, call)] : []),
    ];
  });
  return [...calls, ...agents].flat();
}

/** How much wider than its window the page is, px. */
const findOverflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe(`two hundred queues and five hundred agents${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('begin with whoever waits longest, in sums and in few words, on any screen', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    await sayAll(live, await planMany());
    const { page, faults } = await openPage(browser, `${live.url}/`, 'wall');
    const rows = page.getByRole('table', { name: 'Queues' }).locator('tbody tr');
    const toggle = page.getByRole('button', { name: '179 queues without a call' });
    // The last event of all makes it so many.
    await page.getByText('450 ready').waitFor();
    await toggle.waitFor();
    // The last of those that wait, the others before it, and one whose calls are talked.
    assert.equal(await rows.count(), 21);
    assert.match(await rows.first().innerText(), /^Queue 190\b/);
    assert.match(await rows.nth(1).innerText(), /^Queue 180\b/);
    const totals = page.getByLabel('All queues');
    assert.match(
      (await totals.innerText()).replaceAll(/\s+/g, ' '),
      /Waiting 20 Longest \d+:\d\d Talking 50 /,
    );
    const region = page.getByRole('region', { name: 'Agents' });
    assert.match((await region.innerText()).replaceAll(/\s+/g, ' '), /^Agents 50 talking 450 ready /);
    await toggle.click();
    await until('all of them', async () => (await rows.count()) === QUEUES);
    for (const width of [390, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      assert.equal(await findOverflow(page), 0, `${width}`);
    }
    assert.deepEqual(await findBreaches(page), []);
    assert.deepEqual(faults, []);
  });

  it('fill a screen by the address alone, and leave it by Escape', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    await live.say(await happened('joined', { member_id: undefined }));
    const { page } = await openPage(browser, `${live.url}/`, 'wall/large');
    const wall = page.locator('.wall.large');
    await wall.waitFor();
    await page.keyboard.press('Escape');
    await wall.waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).hash, '#/wall');
    await page.getByRole('button', { name: 'Large' }).click();
    await wall.waitFor();
    await page.getByRole('button', { name: 'Leave' }).click();
    await wall.waitFor({ state: 'detached' });
  });
});

describe(`names of any length${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('make no page wider than its screen', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const name = `${'W'.repeat(300)}\u202E${'\u0301'.repeat(90)}${'\u{1F600}'.repeat(40)}`;
    const who = { agent_id: name, agent_name: name, agent_extension: name, member_name: name };
    const call = { ...who, queue_id: name, queue_name: name, destination: name, timestamp: NOW };
    const vary = async (example: string, fields: object) =>
      readEvent({ ...(await happened(example)), member_id: undefined, ...fields });
    await sayAll(live, [
      await vary('joined', { ...call, attempt_id: name }),
      await vary('bridged', { ...call, attempt_id: '2' }),
      await vary('leaving', { ...call, attempt_id: '2' }),
      await vary('agent_status-pause', { ...who, extension: name, status_payload: name }),
    ]);
    for (const width of [390, 1280])
      for (const place of ['wall', 'deliveries']) {
        const { page, faults } = await openPage(browser, `${live.url}/`, place);
        await page.setViewportSize({ width, height: 900 });
        await page.getByLabel('Show personal data').check();
        await page.getByText('WWWWW').first().waitFor();
        assert.equal(await findOverflow(page), 0, `${place} ${width}`);
        assert.deepEqual(faults, []);
        await page.context().close();
      }
  });
});

const agents = (page: Awaited<ReturnType<typeof openPage>>['page']) =>
  page.getByRole('region', { name: 'Agents' }).getByRole('listitem').count();

describe(`ten thousand hooks${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('leave the page below 100 MB, with the newest in it', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const { page, faults } = await openPage(browser, `${live.url}/`);
    const event = await happened('bridged');
    await sayAll(
      live,
      Array.from({ length: 10_000 }, (_, hook) => ({ ...event, attempt_id: `${hook}` })),
    );
    await page.getByRole('button', { name: 'Show bridged of attempt 9999' }).waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    assert.ok(usedSize < 100e6, `${usedSize} bytes`);
    if (process.env['FIGURES']) {
      await session.send('Performance.enable');
      const { metrics } = await session.send('Performance.getMetrics');
      console.log(
        { usedSize },
        metrics.filter(({ name }) => /Duration$/.test(name)),
      );
    }
    assert.deepEqual(faults, []);
  });
});
