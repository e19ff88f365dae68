// hookline fuzz: broken hooks and CloudEvents at the endpoint.
import { Command } from 'commander';
import { isGood, fuzz as run } from '../chaos/fuzz.ts';
import { anySeed, wholeFrom } from './arguments.ts';

type Options = { readonly bodies: number; readonly seed: number };

export const fuzz = new Command('fuzz')
  .option('--bodies <count>', 'how many', wholeFrom(1), 200_000)
  .option('--seed <number>', 'of the bodies', wholeFrom(0), anySeed())
  .action(async ({ bodies, seed }: Options) => {
    console.log(`fuzz: ${bodies} bodies, seed ${seed}`);
    const report = await run(bodies, seed, console.log);
    console.log(JSON.stringify(report, null, 2));
    const good = isGood(report);
    console.log(good ? 'every body was accepted, or refused and kept' : 'BREACH');
    process.exitCode = good ? 0 : 1;
  });
