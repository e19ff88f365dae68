// hookline simulate: realistic calls of all queue types, through the door.
import { Command } from 'commander';
import { progress } from '../ops/output.ts';
import { simulate as run } from '../ops/simulate.ts';
import { findTarget, onDoor, type TargetOptions } from '../ops/target.ts';
import { anySeed, positive, wholeFrom } from './arguments.ts';

type Options = TargetOptions & {
  readonly json?: true;
  readonly calls: number;
  readonly rate: number;
  readonly seed: number;
};

export const simulate = onDoor(new Command('simulate'))
  .description(
    'realistic calls of all queue types, through the door: their CDRs are as real as any; exit 1 when one is not accepted',
  )
  .option('--calls <count>', 'how many', wholeFrom(1), 50)
  .option('--rate <number>', 'calls begun each second', positive, 5)
  .option('--seed <number>', 'of the calls', wholeFrom(0), anySeed())
  .addHelpText('after', '\nExample:\n  hookline simulate --calls 50 --rate 5')
  .action(async (options: Options) => {
    const target = await findTarget(options);
    const result = await run(target, options.calls, options.rate, options.seed, (events) =>
      progress(`${events} hooks sent`),
    );
    progress('');
    const { calls, events, statuses, seconds } = result;
    const answers = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
    console.log(
      options.json
        ? JSON.stringify({ ...result, seed: options.seed })
        : `${calls} calls, ${events} hooks in ${seconds.toFixed(1)} s (seed ${options.seed}); ${answers.join(', ')}`,
    );
    process.exitCode = Object.keys(statuses).every((status) => status === '202') ? 0 : 1;
  });
