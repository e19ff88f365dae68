// The wall in a real browser: its numbers are those of the raw stream, and ten thousand hooks don't fill the page.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lifecycleMessage } from '../../lib/publish/lifecycle.ts';
import { launchBrowser, noBrowser } from '../support/browser.ts';
import { page as files } from '../support/console.ts';
import { happened, NOW, STREAM, startLive } from '../support/live.ts';
import { until } from '../support/stack.ts';
import { openPage, readCells, startConsole } from './run.ts';

type Hook = Readonly<Record<string, unknown>>;

const number = (value: unknown) => Number(value);
const isToday = (at: number) => new Date(at).toDateString() === new Date().toDateString();

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
    begun: number(call[0]?.['timestamp']),
  }));
  const entered = lives.filter(({ joined }) => joined !== undefined && isToday(joined));
  const answered = lives.filter(
    ({ joined, bridged }) => joined !== undefined && bridged !== undefined && isToday(bridged),
  );
  const waits = answered.map(({ since, bridged = 0 }) => bridged - since);
  const lost = lives.filter(
    ({ joined, bridged, left }) => joined !== undefined && bridged === undefined && left !== undefined,
  );
  const share = (part: number, all: number) => (all === 0 ? '–' : `${Math.round((part / all) * 100)}\u00a0%`);
  const connected = lives.filter(({ bridged }) => bridged !== undefined && isToday(bridged));
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
      calls: `${lives.filter(({ begun }) => isToday(begun)).length}`,
      connected: `${connected.length}`,
      rate: share(connected.length, lives.length),
    },
  };
}

describe(`the wall${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('shows after a simulated shift what a plain recount of the stream gives', async () => {
    await using run = await startConsole();
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
    await until('the last hook', async () => {
      const [[name = '', of = []] = []] = inbound;
      return (
        (await readCells(page, 'Queues'))[name]?.[6] === recount(of).inbound.answered &&
        (await agents(page)) === 0
      );
    });
    const shown = { inbound: await readCells(page, 'Queues'), outbound: await readCells(page, 'Outbound') };
    assert.deepEqual(Object.keys(shown.inbound).sort(), inbound.map(([name]) => name).sort());
    for (const [name, of] of inbound) {
      const [, , , , , entered, answered, abandoned = '', inTime, asa] = shown.inbound[name] ?? [];
      assert.deepEqual(
        { entered, answered, abandoned: abandoned.split(/\s/)[0], inTime, asa },
        recount(of).inbound,
        name,
      );
    }
    for (const [name, of] of outbound) {
      const [, , , calls = '', connected, rate] = shown.outbound[name] ?? [];
      assert.deepEqual({ calls, connected, rate }, recount(of).outbound, name);
    }
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

const OPEN = { LIVE_USERS: '{"local":"local-token"}', LIVE_SETTINGS: '{}', LIVE_OPEN_LOGIN: 'local' };

const agents = (page: Awaited<ReturnType<typeof openPage>>['page']) =>
  page.getByRole('region', { name: 'Agents' }).getByRole('listitem').count();

describe(`ten thousand hooks${noBrowser}`, { skip: noBrowser !== '' }, () => {
  it('leave the page below 100 MB, with the newest in it', async () => {
    await using live = await startLive(OPEN, undefined, true, { page: files });
    await using browser = await launchBrowser();
    const { page, faults } = await openPage(browser, `${live.url}/`);
    const event = await happened('bridged');
    const { client } = live.redis;
    for (let first = 0; first < 10_000; first += 500) {
      const pipeline = client.pipeline();
      for (let hook = first; hook < first + 500; hook++) {
        const one = { ...event, id: `${hook}`.padEnd(32, 'x'), attempt_id: `${hook}` };
        pipeline.xadd(STREAM, '*', 'event', lifecycleMessage('enigma:notifications', one, false).message);
      }
      await pipeline.exec();
    }
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
