// hookline chaos: breaks what can break, and balances the ledger.
import { Command } from 'commander';
import { isClean as isCleanOfWorkers } from '../chaos/clients/ledger.ts';
import { chaosOfWorkers } from '../chaos/clients/run.ts';
import { isClean } from '../chaos/ledger.ts';
import { chaos as run } from '../chaos/run.ts';
import { anySeed, wholeFrom } from './arguments.ts';

type Options = { readonly events: number; readonly seed: number };
type WorkersOptions = { readonly cdrs: number; readonly seed: number };

const workers = new Command('workers')
  .description('kill and freeze workers of both clients, and Redis with them; exit 1 on a breach')
  .option('--cdrs <count>', 'how many', wholeFrom(100), 20_000)
  .option('--seed <number>', 'of the faults', wholeFrom(0), anySeed())
  .action(async ({ cdrs, seed }: WorkersOptions) => {
    console.log(`chaos of workers: ${cdrs} CDRs, seed ${seed}`);
    const report = await chaosOfWorkers(cdrs, seed, console.log);
    conclude(report, isCleanOfWorkers(report) && report.dead === 0);
  });

export const chaos = new Command('chaos')
  .option('--events <count>', 'how many', wholeFrom(1), 20_000)
  .option('--seed <number>', 'of calls and faults', wholeFrom(0), anySeed())
  .enablePositionalOptions()
  .addCommand(workers)
  .action(async ({ events, seed }: Options) => {
    console.log(`chaos: ${events} events, seed ${seed}`);
    const report = await run(events, seed, console.log);
    conclude(report, isClean(report));
  });

function conclude(report: object, clean: boolean): void {
  console.log(JSON.stringify(report, null, 2));
  console.log(clean ? 'the ledger balances' : 'BREACH');
  process.exitCode = clean ? 0 : 1;
}
