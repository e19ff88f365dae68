// hookline chaos: breaks what can break, and balances the ledger.
import { Command } from 'commander';
import { isClean } from '../chaos/ledger.ts';
import { chaos as run } from '../chaos/run.ts';
import { anySeed, wholeFrom } from './arguments.ts';

type Options = { readonly events: number; readonly seed: number };

export const chaos = new Command('chaos')
  .description('send calls through the bridge while its parts die, and balance a ledger; exit 1 on a breach')
  .option('--events <count>', 'how many', wholeFrom(1), 20_000)
  .option('--seed <number>', 'of calls and faults', wholeFrom(0), anySeed())
  .action(async ({ events, seed }: Options) => {
    console.log(`chaos: ${events} events, seed ${seed}`);
    const report = await run(events, seed, console.log);
    console.log(JSON.stringify(report, null, 2));
    console.log(isClean(report) ? 'the ledger balances' : 'BREACH');
    process.exitCode = isClean(report) ? 0 : 1;
  });
