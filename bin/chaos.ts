// hookline chaos: breaks what can break, and balances the ledger.
import { parseArgs } from 'node:util';
import { isClean } from '../chaos/ledger.ts';
import { chaos as run } from '../chaos/run.ts';

export async function chaos(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { events: { type: 'string', default: '20000' }, seed: { type: 'string' } },
  });
  const events = Number(values.events);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(events) || events < 1) throw new Error('--events must be a number of events');
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed must be a whole number');
  console.log(`chaos: ${events} events, seed ${seed}`);
  const report = await run(events, seed, console.log);
  console.log(JSON.stringify(report, null, 2));
  console.log(isClean(report) ? 'the ledger balances' : 'BREACH');
  return isClean(report) ? 0 : 1;
}
