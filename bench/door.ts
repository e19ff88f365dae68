// CPU of one webhook in a warm process, against a bare SendMessage of the same body.
import { join } from 'node:path';
import { bundle } from '../local/bundle.ts';
import { scratch } from '../local/scratch.ts';
import { queueEnv, startSqs } from '../local/sqs-server.ts';
import { runChild } from './child.ts';
import { type Figure, interleave, type Size } from './figure.ts';

/** Each runs in a process of its own; the queue answers from this one, whose CPU is not counted. */
export async function door(size: Size): Promise<Figure[]> {
  const [hooks, rounds] = size === 'quick' ? [50, 1] : [1_500, 5];
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await scratch());
  const sqs = await startSqs();
  stack.defer(sqs.stop);
  await bundle(folder, ['functions/webhook.ts', 'bench/bare-send.ts']);
  const env = { HOOK_TOKENS: 't', ...queueEnv(sqs) };
  const measure = (name: string) => () =>
    runChild<number>('handler-process.ts', ['webhook', join(folder, name, `${name}.mjs`), `${hooks}`], env);
  const [ours, samples] = await interleave(rounds, measure('webhook'), measure('bare-send'));
  const theirs = { what: 'bare SendMessage', samples };
  return [{ bench: 'door', measures: 'CPU of one webhook, warm', unit: 'µs', ours, theirs }];
}
