// The live gateway on this machine, the very bundle that is deployed, in a thread: it dies with the run.
import { log } from '../lib/log.ts';
import { bundleGateway } from './bundle.ts';
import { formatUrl, listenError } from './reach.ts';
import { startThread } from './threads/thread.ts';

export type LiveGateway = {
  readonly url: string;
  /** Tells its clients, closes every connection, and ends the thread. */
  readonly stop: () => Promise<void>;
};

/**
 * Rejects when it can't start.
 * @param figures where it hears what functions on this machine report
 * @param env its settings; without LIVE_PORT it takes the default, or a free port when that is taken
 * @param desk the file that opens the desk of its console; without, the console has none
 */
export async function startLiveGateway(
  buildFolder: string,
  env: NodeJS.ProcessEnv,
  figures: string,
  desk?: string,
): Promise<LiveGateway> {
  const file = await bundleGateway(buildFolder);
  try {
    return await start({ file, figures, desk }, env);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!taken || env['LIVE_PORT']) throw error;
    return start({ file, figures, desk }, { ...env, LIVE_PORT: '0' });
  }
}

type Data = { readonly file: string; readonly figures: string; readonly desk: string | undefined };

async function start(data: Data, env: NodeJS.ProcessEnv): Promise<LiveGateway> {
  const host = env['LIVE_HOST'] || '127.0.0.1';
  const { worker, ready, ended } = startThread<number>(
    new URL('./threads/gateway-thread.ts', import.meta.url),
    data,
    { ...env, LIVE_HOST: host },
  );
  const port = await ready.catch((error: unknown) => {
    const place = { host, port: Number(env['LIVE_PORT'] || 3001) };
    throw error instanceof Error
      ? listenError(error, place, { host: 'LIVE_HOST', port: 'LIVE_PORT' })
      : error;
  });
  worker.on('error', (error) => log('error', 'live gateway died', { error }));
  return {
    url: formatUrl(host, port),
    stop: async () => {
      worker.postMessage('stop');
      await ended;
    },
  };
}
