// hookline simulate: a shift of realistic calls of all queue types, through the door.
import { Command } from 'commander';
import { progress, table } from '../ops/output.ts';
import { simulate as run, type Simulated, type Simulation } from '../ops/simulate.ts';
import { findTarget, onDoor, type TargetOptions } from '../ops/target.ts';
import { anySeed, atLeastOne, positive, wholeFrom } from './arguments.ts';

type Options = TargetOptions & Simulation & { readonly json?: true };

export const simulate = onDoor(new Command('simulate'))
  .option('--calls <count>', 'how many; each type occurs from 10 on', wholeFrom(1), 50)
  .option('--rate <number>', 'calls begun each minute of the shift, while agents are free', positive, 5)
  .option('--speed <number>', 'how much faster than it happened; 1 is real pace', atLeastOne, 60)
  .option('--seed <number>', 'of the calls', wholeFrom(0), anySeed())
  .addHelpText(
    'after',
    `
The shift ends as its last hook is posted, so that no time is in the future. At
more than real pace its beginning lies in the past: two runs close together
cover the same past, and the second's agents have older statuses.

Example:
  hookline simulate --calls 50 --speed 60`,
  )
  .action(async ({ calls, rate, speed, seed, ...options }: Options) => {
    const result = await run(await findTarget(options), { calls, rate, speed, seed }, (events) =>
      progress(`${events} hooks answered`),
    );
    progress('');
    console.log(options.json ? JSON.stringify(result) : summary(result));
    process.exitCode = Object.keys(result.statuses).every((status) => status === '202') ? 0 : 1;
  });

function summary({ calls, events, length, seconds, speed, seed, statuses, types, cdrs }: Simulated): string {
  const answers = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  return [
    `${calls} ${calls === 1 ? 'call' : 'calls'}, ${events} hooks: ${(length / 60).toFixed(1)} min in ${seconds.toFixed(1)} s (speed ${speed}, seed ${seed})`,
    table(types.map(({ cdrs: CDRs, ...row }) => ({ ...row, CDRs }))),
    `answers  ${answers.join(', ')}\nCDRs to expect in each list: ${cdrs}`,
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}
