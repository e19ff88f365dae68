// What door.ts spawns: a warm process that handles many hooks, one after the other, and tells their CPU.
import { hookOf } from './load.ts';

type Handler = (request: object) => Promise<{ readonly statusCode: number }>;

const [, , file = '', hooks] = process.argv;
const { handler }: { handler: Handler } = await import(file);
process.stdout.write = () => true;

const requests = Array.from({ length: 2 * Number(hooks) }, (_, index) => ({
  rawPath: '/hooks/webitel',
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
  headers: { 'x-api-key': 't', 'content-type': 'application/json' },
  body: hookOf('leaving', process.pid * 1_000_000 + index),
  isBase64Encoded: false,
}));
// The first half warms up.
let begun: NodeJS.CpuUsage | undefined;
for (const [index, request] of requests.entries()) {
  if (index === Number(hooks)) begun = process.cpuUsage();
  const { statusCode } = await handler(request);
  if (statusCode !== 202) throw new Error(`answered ${statusCode}`);
}
const { user, system } = process.cpuUsage(begun);
process.send?.((user + system) / Number(hooks), () => process.exit());
