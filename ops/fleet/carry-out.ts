// Shows what would change, asks where somebody must agree, and rolls it out.
import { discard } from './change-set.ts';
import type { Difference } from './difference.ts';
import { type Row, type Rules, rollOut, rowOf, type Task } from './rollout.ts';
import { inTurns } from './waves.ts';

/** While it is not disposed of, whoever runs the command may halt it. */
export type Listening = Disposable & { readonly signal: AbortSignal };

export type Manner = Pick<Rules, 'wave' | 'watch' | 'report'> & {
  /** somebody agreed to whatever is asked */
  readonly yes: boolean;
  /** show what would change, and change nothing */
  readonly preview: boolean;
  /** begins when the waves do */
  readonly listen?: () => Listening;
};

export type Shown = { readonly task: Task; readonly difference: Difference };

export type Done = { readonly rows: readonly Row[]; readonly stopped: string | undefined };

/** Throws before anything is changed when a yes is missing. */
export async function carryOut(shown: readonly Shown[], manner: Manner, look: Rules['look']): Promise<Done> {
  tell(shown, manner.report);
  const tasks = shown.map(({ task }) => task);
  const questions = shown.flatMap(({ task, difference }) =>
    difference.questions.map((question) => `${task.goal.stack}: ${question}`),
  );
  const refused = questions.length > 0 && !manner.yes;
  if (manner.preview || refused) await discardAll(tasks);
  if (manner.preview) return { rows: tasks.map((task) => rowOf(task, 'not reached')), stopped: undefined };
  if (refused) throw unagreed(questions);
  const agree = ({ questions: [question] }: Difference) => {
    if (question !== undefined && !manner.yes) throw unagreed([question]);
  };
  using listening = manner.listen?.();
  // Whatever becomes of the run, a change set that was not executed is of no use to the next one.
  let left = tasks;
  try {
    const done = await rollOut(tasks, { ...manner, agree, look, halted: listening?.signal });
    left = tasks.filter((_, place) => done.rows[place]?.result !== 'deployed');
    return done;
  } finally {
    await discardAll(left);
  }
}

/** Forgets what was proposed and not executed. */
export const discardAll = (tasks: readonly Task[]) =>
  inTurns(tasks, 4, async ({ clients, proposed }) => {
    if (proposed !== undefined) await discard(clients, proposed);
  });

/** Of many the first: all were shown. */
const MANY = 5;

const nameFirst = (all: readonly string[], between: string) =>
  all.length <= MANY
    ? all.join(between)
    : `${all.slice(0, MANY).join(between)}${between}and ${all.length - MANY} more`;

const unagreed = (questions: readonly string[]) =>
  new Error(`nothing was changed: ${nameFirst(questions, '; ')}. If that is meant, give --yes`);

/** What is the same for many tenants is printed once. */
function tell(shown: readonly Shown[], report: (line: string) => void): void {
  const stacks = new Map<string, string[]>();
  for (const { task, difference } of shown) {
    const asked = difference.questions.map((question) => `! ${question}`);
    const text = [...difference.lines, ...asked].map((line) => `  ${line}`).join('\n');
    stacks.set(text, [...(stacks.get(text) ?? []), task.goal.stack]);
  }
  // Whoever must agree sees every name.
  for (const [text, names] of stacks)
    report(`${text.includes('  ! ') ? names.join(', ') : nameFirst(names, ', ')}\n${text}`);
}
