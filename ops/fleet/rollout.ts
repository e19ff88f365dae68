// Deploys in waves: a first stack alone, then some at a time; stops at the first failure and at an alarm.
import { setTimeout } from 'node:timers/promises';
import { explained } from '../trouble.ts';
import { type Alarming, listAlarmingOf, nameAlarms } from './alarms.ts';
import { apply, type Goal } from './apply.ts';
import type { Sight } from './canary.ts';
import type { ChangeSet } from './change-set.ts';
import type { Clients } from './clients.ts';
import type { Difference } from './difference.ts';
import { findStack, type Stack } from './stacks.ts';
import { inTurns, splitWaves } from './waves.ts';

export type Task = {
  readonly tenant: string;
  readonly clients: Clients;
  readonly goal: Goal;
  /** what was shown; undefined when the stack must be prepared first */
  readonly proposed: ChangeSet | undefined;
};

export type Row = {
  readonly tenant: string;
  readonly stack: string;
  readonly content: string;
  readonly result: 'deployed' | 'unchanged' | 'failed' | 'not reached';
  readonly seconds?: number;
  /** how the door was seen, or what went wrong */
  readonly door?: string;
};

export type Rules = {
  /** of every wave but the first */
  readonly wave: number;
  /** seconds, for which the alarms are watched after each wave */
  readonly watch: number;
  readonly agree: (difference: Difference) => void;
  readonly look: (stack: Stack, task: Task) => Promise<Sight>;
  readonly report: (line: string) => void;
  /** aborted: the wave that runs is let end, and no other begins */
  readonly halted?: AbortSignal | undefined;
};

/** Answers a row for each task, in their order, and why it stopped; undefined when it did not. */
export async function rollOut(
  tasks: readonly Task[],
  rules: Rules,
): Promise<{ readonly rows: readonly Row[]; readonly stopped: string | undefined }> {
  const rows: Row[] = [];
  const waves = splitWaves(tasks, rules.wave);
  const before = await listRinging(tasks);
  if (before.size > 0)
    rules.report(`in ALARM already, which stops nothing: ${[...before.keys()].sort().join(', ')}`);
  for (const [place, wave] of waves.entries()) {
    rules.report(`wave ${place + 1} of ${waves.length}: ${wave.map(({ tenant }) => tenant).join(', ')}`);
    rows.push(...(await inTurns(wave, wave.length, (task) => deployOne(task, rules))));
    const failed = rows.find(({ result }) => result === 'failed');
    const stopped =
      failed === undefined
        ? await watchAlarms(tasks.slice(0, rows.length), before, rules).catch(
            (error: unknown) => `the alarms cannot be seen: ${explained(error)}`,
          )
        : `${failed.stack} failed: ${failed.door}`;
    if (stopped !== undefined)
      return { rows: [...rows, ...tasks.slice(rows.length).map(notReached)], stopped };
  }
  return { rows, stopped: undefined };
}

export const rowOf = ({ tenant, goal: { stack, content } }: Task, result: Row['result'], more = {}): Row => ({
  tenant,
  stack,
  content,
  result,
  ...more,
});

const notReached = (task: Task) => rowOf(task, 'not reached');

async function deployOne(task: Task, { agree, look, report }: Rules): Promise<Row> {
  const { clients, goal, proposed } = task;
  const begun = performance.now();
  const finish = (result: Row['result'], door: string): Row => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    report(`${goal.stack}: ${result} after ${seconds} s, ${door}`);
    return rowOf(task, result, { seconds, door });
  };
  try {
    await apply(clients, goal, proposed, agree);
    const stack = await findStack(clients, goal.stack);
    if (stack === undefined) return finish('failed', 'the stack is gone');
    const { good, words } = await look(stack, task);
    return finish(good ? 'deployed' : 'failed', words);
  } catch (error) {
    return finish('failed', explained(error));
  }
}

/** The alarms of the whole stage that are in ALARM. */
const listRinging = (tasks: readonly Task[]): Promise<Alarming> =>
  listAlarmingOf(
    tasks.map(({ clients }) => clients),
    commonStart(tasks.map(({ goal }) => goal.stack)),
  );

/** What the names of all stacks of a stage begin with. */
const commonStart = ([first = '']: readonly string[]) => first.slice(0, first.indexOf('--') + 2);

/** How often alarms are asked for, milliseconds: their own periods are minutes. */
const ASK_AGAIN = 10_000;

/** Answers which alarm went into ALARM that was not before; undefined when none did for so long. */
async function watchAlarms(
  tasks: readonly Task[],
  before: Alarming,
  { watch, report, halted }: Rules,
): Promise<string | undefined> {
  if (watch > 0) report(`watching the alarms for ${watch} s`);
  const own = new Set(tasks.flatMap(({ goal }) => nameAlarms(goal.artifacts.template)));
  for (let left = watch * 1000; ; left -= ASK_AGAIN) {
    const fresh = [...(await listRinging(tasks)).keys()].filter((name) => own.has(name) && !before.has(name));
    if (fresh.length > 0) return `an alarm went off: ${fresh.join(', ')}`;
    if (halted?.aborted) return 'it was interrupted';
    if (left <= 0) return undefined;
    await setTimeout(Math.min(left, ASK_AGAIN), undefined, { signal: halted }).catch(() => undefined);
  }
}
