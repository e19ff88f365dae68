// The process of the live gateway: settings from the environment, until a signal stops it.
import { isMainThread } from 'node:worker_threads';
import { log } from '../lib/log.ts';
import { liveConfig } from './config.ts';
import type { Desk } from './console/desk.ts';
import { bundledPage } from './console/page.ts';
import { type Gateway, startGateway } from './gateway.ts';

if (isMainThread)
  start().catch((error: unknown) => {
    log('error', 'live gateway cannot start', { error });
    process.exitCode = 1;
  });

/** For whoever runs it in a thread: that gets no signals, and reports its failure itself. */
export async function start(desk?: Desk): Promise<Gateway> {
  const gateway = await startGateway(liveConfig(), Date.now, { page: bundledPage(), desk });
  log('info', 'live gateway listens', { port: gateway.port });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    // A signal may come twice.
    stopped ??= gateway.stop();
    return stopped;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, async () => {
      log('info', 'live gateway stops');
      await stop();
      // Timers of connections that are gone would keep it for half a minute.
      process.exit();
    });
  return { ...gateway, stop };
}
