// Ctrl-C in the middle of a wave: CloudFormation goes on by itself, so the run waits for it, and says how it ended.
import type { Listening } from '../ops/fleet/carry-out.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first signal aborts; the second has its usual effect, and ends the process at once. */
export function listenForInterrupt(report: (line: string) => void): Listening {
  const controller = new AbortController();
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, halt);
  };
  const halt = () => {
    stop();
    report(
      'interrupted: no other wave begins, and the run ends when CloudFormation has done what it is at. Once more ends it at once, while CloudFormation goes on',
    );
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, halt);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}
