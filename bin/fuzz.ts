// hookline fuzz: broken bodies at the door.
import { parseArgs } from 'node:util';
import { fuzz as run } from '../chaos/fuzz.ts';

export async function fuzz(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { bodies: { type: 'string', default: '200000' }, seed: { type: 'string' } },
  });
  const bodies = Number(values.bodies);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(bodies) || bodies < 1) throw new Error('--bodies must be a number of bodies');
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed must be a whole number');
  console.log(`fuzz: ${bodies} bodies, seed ${seed}`);
  const report = await run(bodies, seed, console.log);
  console.log(JSON.stringify(report, null, 2));
  const good = report.unkept === 0 && Object.keys(report.statuses).every((status) => Number(status) < 500);
  console.log(good ? 'every body was accepted, or refused and kept' : 'BREACH');
  return good ? 0 : 1;
}
