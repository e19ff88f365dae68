// The live view: lines that fit, an agent once, CDRs, totals, and nothing that has an effect on a terminal.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fit } from '../../ops/output.ts';
import { startTestRedis, until } from '../support/stack.ts';
import { type Command, startRunHere } from './run-here.ts';

const BASE = 'enigma:notifications';
const LIST = `${BASE}:campaigns`;
type Redis = Awaited<ReturnType<typeof startTestRedis>>;

const message = (type: string, payload: object) => JSON.stringify({ type, payload });
const cdr = (call_ref: string, more: object = {}) =>
  message('cdr', {
    call_ref,
    attempt_id: call_ref,
    queue_id: '42',
    number: '+420777123456',
    end_reason: 'busy',
    call_time: 37,
    ...more,
  });

async function begun(watching: Command): Promise<Command> {
  await until('the watch to begin', () => /lists|campaigns/.test(watching.out()));
  return watching;
}

/** Ends a watch. Answers its lines. */
async function linesOf(watching: Command): Promise<string[]> {
  watching.process.kill('SIGINT');
  assert.equal(await watching.exit, 0, watching.err());
  return watching.out().trimEnd().split('\n');
}

const joined = ({ client }: Redis, payload: object) =>
  client.publish(`${BASE}:queues:42`, message('joined', { event: 'joined', queue_id: '42', ...payload }));
const heard = (watching: Command, text: string) => until(text, () => watching.out().includes(text));

describe('hookline watch', () => {
  it('without a run watches the Redis that is named', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ pid: 2 ** 30 });
    const watching = await begun(run.start(['watch', '--redis', redis.server.url]));
    await joined(redis, { attempt_id: '5' });
    await heard(watching, 'attempt=5');
    await linesOf(watching);
    const nowhere = await run.hookline('watch');
    assert.equal(nowhere.code, 1);
    assert.match(
      nowhere.err,
      /^hookline: no bridge runs here: npm start, or name the Redis with --redis.*\n$/,
    );
  });

  it('knows its types, and says which there are', async () => {
    await using run = await startRunHere();
    const { code, out, err } = await run.hookline('watch', '--type', 'banana');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /banana.*joined.*leaving.*agent_status.*call, status, cdr/);
  });

  it('shows what goes to one agent on both spellings once, and each repeat of it', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    const watching = await begun(run.start(['watch']));
    const status = (agent: string, word: string) => message('status', { status: word, ref: agent });
    for (const [agent, word] of [
      ['1002', 'busy'],
      ['1002', 'wrapup'],
      ['1002', 'wrapup'],
      ['1003', 'busy'],
    ] as const) {
      for (const type of ['agents', 'agent'])
        await redis.client.publish(`${BASE}:${type}:${agent}`, status(agent, word));
    }
    // On one spelling alone, whichever it is.
    await redis.client.publish(`${BASE}:agent:1004`, status('1004', 'offline'));
    await heard(watching, 'offline');
    const lines = await linesOf(watching);
    const shown = lines.filter((line) => line.includes('status='));
    assert.deepEqual(
      shown.map((line) => /(\d{4}) status=(\w+)/.exec(line)?.slice(1)),
      [
        ['1002', 'busy'],
        ['1002', 'wrapup'],
        ['1002', 'wrapup'],
        ['1003', 'busy'],
        ['1004', 'offline'],
      ],
    );
    assert.match(lines.at(-1) ?? '', /total .*status 5$/);
  });

  it('shows the main figures of each new CDR, its number only when it is to be revealed', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    await redis.client.lpush(LIST, cdr('1'));
    const [masked, revealed, json] = await Promise.all(
      [['watch'], ['watch', '--reveal'], ['watch', '--json', '--type', 'cdr']].map((args) =>
        begun(run.start(args)),
      ),
    );
    assert.ok(masked && revealed && json);
    await redis.client.lpush(LIST, cdr('2'), cdr('3', { number: null }));
    for (const watching of [masked, revealed, json]) await heard(watching, 'busy');
    await heard(masked, 'attempt=3');
    await redis.client.multi().rpop(LIST).rpop(LIST).rpop(LIST).lpush(LIST, cdr('4')).exec();
    await heard(masked, 'attempt=4');
    await heard(revealed, 'attempt=4');
    await heard(json, '"4"');
    const lines = (await linesOf(masked)).filter((line) => /^\S+ {2}cdr {11}/.test(line));
    assert.deepEqual(
      lines.map((line) => line.slice(24)),
      [
        'queue=42 end=busy seconds=37 number=+•••••••••••• attempt=2 campaigns',
        'queue=42 end=busy seconds=37 attempt=3 campaigns',
        'queue=42 end=busy seconds=37 number=+•••••••••••• attempt=4 campaigns',
      ],
    );
    assert.match((await linesOf(revealed)).join('\n'), /number=\+420777123456 attempt=2/);
    const figures = (await linesOf(json))
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'cdr')
      .map(({ payload }) => [payload.call_ref, payload.end_reason, payload.call_time, payload.number]);
    assert.deepEqual(figures, [
      ['2', 'busy', 37, '+••••••••••••'],
      ['3', 'busy', 37, null],
      ['4', 'busy', 37, '+••••••••••••'],
    ]);
  });

  it('writes local time, and at the end how much of each type there was', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url }, {}, { TZ: 'Asia/Kathmandu' });
    const hours = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kathmandu', timeStyle: 'medium' });
    const watching = await begun(run.start(['watch']));
    const before = Date.now();
    await joined(redis, { attempt_id: '5' });
    await heard(watching, 'attempt=5');
    const seconds = Math.floor(Date.now() / 1_000) - Math.floor(before / 1_000) + 1;
    const lines = await linesOf(watching);
    const time = lines.find((line) => line.includes('attempt=5'))?.slice(0, 8) ?? '';
    // One of the seconds since then, also where these lie around a midnight.
    const times = Array.from({ length: seconds }, (_, second) => hours.format(before + second * 1_000));
    assert.ok(times.includes(time), `${time} of ${times}`);
    assert.match(lines.at(-1) ?? '', /^\d\d:\d\d:\d\d {2}total {9}joined 1$/);
  });

  it('piped has neither colour nor cursor control, and shows control characters as escapes', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    const watching = await begun(run.start(['watch']));
    await joined(redis, { attempt_id: '5', cc_result: '\u001b[2J\u009b\u202e\r\nx' });
    await redis.client.publish(`${BASE}:queues:\u001b]0;x\u0007`, message('\u001b[31mjoined', {}));
    await heard(watching, 'u001b[31mjoined');
    const out = (await linesOf(watching)).join('\n');
    assert.match(out, /result=\\u001b\[2J\\u009b\\u202e\\u000d\\u000ax/);
    assert.ok([...out].every((character) => character === '\n' || character >= ' '));
  });

  it('fits COLUMNS, with an ellipsis', async () => {
    await using redis = await startTestRedis();
    await using run = await startRunHere({ redis: redis.server.url });
    const watching = await begun(run.start(['watch'], { COLUMNS: '60' }));
    await joined(redis, { attempt_id: '5', cc_result: 'x'.repeat(100) });
    await heard(watching, 'xxx');
    const lines = await linesOf(watching);
    assert.ok(lines.every((line) => line.length <= 60));
    assert.match(lines.find((line) => line.includes('xxx')) ?? '', /^.{59}…$/);
  });

  it('fits the 80 columns of a terminal, in colour unless NO_COLOR is set', async () => {
    for (const NO_COLOR of ['', '1']) {
      await using redis = await startTestRedis();
      await using run = await startRunHere({ redis: redis.server.url });
      const command = 'stty cols 80 2>/dev/null; exec bin/hookline watch';
      const watching = run.start(['-qec', command, '/dev/null'], { NO_COLOR, TERM: 'xterm' }, 'script');
      await begun(watching);
      await redis.client.publish(`${BASE}:agents:1002`, message('call', { agent: '1002' }));
      await joined(redis, { attempt_id: '5', cc_result: '漢'.repeat(60) });
      await heard(watching, '…');
      await linesOfTerminal(watching);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this is a colour.
      const coloured = /\u001b\[\d+m/.test(watching.out());
      assert.equal(coloured, NO_COLOR === '');
    }

    async function linesOfTerminal(watching: Command) {
      // Ctrl-C, as the terminal gives it.
      watching.process.stdin.write('\u0003');
      assert.equal(await watching.exit, 0, watching.out());
      // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what moves the cursor.
      for (const line of watching.out().split(/[\r\n]+|\u001b\[K/)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour takes no column.
        const plain = line.replace(/\u001b\[\d*[mK]/g, '');
        const width = [...plain].reduce((sum, character) => sum + (character === '漢' ? 2 : 1), 0);
        assert.ok(width <= 80, plain);
      }
    }
  });
});

describe('a text that is made to fit', () => {
  it('is cut by columns, not by characters', () => {
    for (const [text, width, fitting] of [
      ['abc', 3, 'abc'],
      ['abcd', 3, 'ab…'],
      ['漢字', 4, '漢字'],
      ['漢字x', 4, '漢…'],
      ['e\u0301a', 2, 'e\u0301a'],
      ['abc', Number.POSITIVE_INFINITY, 'abc'],
    ] as const)
      assert.equal(fit(text, width), fitting);
  });
});
