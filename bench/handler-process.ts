// A process that runs one bundled function: it serves it over HTTP, or calls it many times and reports its CPU.
// Arguments: serve FILE PORT; webhook FILE HOOKS; consumer FILE EVENTS.
import { startHttpApi } from '../local/http-api.ts';
import { batchesOf, makeHook, makeRequest } from './load.ts';

const [, , role, file = '', number] = process.argv;
const { handler } = await import(file);
process.stdout.write = () => true;
if (role === 'serve') await startHttpApi({ host: '127.0.0.1', port: Number(number) }, handler);
else await measure(2 * Number(number));

async function measure(events: number): Promise<void> {
  // Another process has other attempts.
  const first = process.pid * 1_000_000;
  const calls =
    role === 'consumer'
      ? await batchesOf(['leaving'], first, events)
      : Array.from({ length: events }, (_, index) => makeRequest(makeHook('leaving', first + index), 't'));
  // The first half warms up.
  let begun: NodeJS.CpuUsage | undefined;
  for (const [index, call] of calls.entries()) {
    if (index === calls.length / 2) begun = process.cpuUsage();
    const { statusCode = 202, batchItemFailures = [] } = await handler(call);
    if (statusCode !== 202 || batchItemFailures.length > 0) throw new Error(`${role} did not take an event`);
  }
  const { user, system } = process.cpuUsage(begun);
  process.send?.((2 * (user + system)) / events, () => process.exit());
}
