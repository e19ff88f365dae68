// The live gateway on this machine, the very bundle that is deployed, in a thread: it dies with the run.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { log } from '../lib/log.ts';
import { bundleGateway } from './bundle.ts';

export type LiveGateway = {
  readonly url: string;
  /** Tells its clients, closes every connection, and ends the thread. */
  readonly stop: () => Promise<void>;
};

type Message = { readonly port?: number; readonly error?: string; readonly code?: string };

/**
 * Rejects when it can't start.
 * @param env its settings; without LIVE_PORT it takes the default, or a free port when that is taken
 */
export async function startLiveGateway(buildFolder: string, env: NodeJS.ProcessEnv): Promise<LiveGateway> {
  const file = await bundleGateway(buildFolder);
  try {
    return await start(file, env);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!taken || env['LIVE_PORT']) throw error;
    return start(file, { ...env, LIVE_PORT: '0' });
  }
}

async function start(file: string, env: NodeJS.ProcessEnv): Promise<LiveGateway> {
  const worker = new Worker(new URL('gateway-thread.ts', import.meta.url), {
    workerData: { file },
    env: { ...env, LIVE_HOST: '127.0.0.1' },
  });
  const exit = once(worker, 'exit');
  const [{ port, error, code }] = (await once(worker, 'message')) as [Message];
  if (error !== undefined) {
    await worker.terminate();
    throw Object.assign(new Error(error), { code });
  }
  worker.on('error', (cause) => log('error', 'live gateway died', { error: cause }));
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      worker.postMessage('stop');
      await exit;
    },
  };
}
