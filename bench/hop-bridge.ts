// What hop.ts spawns as ours: the whole local bridge, until its parent lets go of it.
import { once } from 'node:events';
import { startBridge } from '../local/bridge.ts';
import { scratch } from '../local/scratch.ts';

await using stack = new AsyncDisposableStack();
const { path: buildFolder } = stack.use(await scratch());
const env = { HOOK_TOKENS: 'bench', REDIS_URL: process.argv[2] };
const bridge = await startBridge({ port: 0, buildFolder, env, quiet: true });
stack.defer(bridge.stop);
process.send?.(bridge.url);
await once(process, 'disconnect');
