// Harm between the event source mapping and the consumer. They are in another thread, so memory is shared with it.
import type { Invoke } from '../local/threads/in-thread.ts';

const harms = ['redeliver', 'forget'] as const;
type Harm = (typeof harms)[number];

/** How many batches are yet to meet each harm. */
export type Harms = Int32Array<SharedArrayBuffer>;

export const createHarms = (): Harms =>
  new Int32Array(new SharedArrayBuffer(harms.length * Int32Array.BYTES_PER_ELEMENT));

export const addHarm = (due: Harms, harm: Harm, batches: number): void => {
  Atomics.add(due, harms.indexOf(harm), batches);
};

/** Run in that thread. */
export const tamper =
  (invoke: Invoke, due: Harms): Invoke =>
  async (event) => {
    const answer = await invoke(event);
    if (takeDue(due, 'redeliver')) await invoke(event);
    if (takeDue(due, 'forget')) throw new Error('chaos: the answer of this batch is lost');
    return answer;
  };

function takeDue(due: Harms, harm: Harm): boolean {
  if (Atomics.load(due, harms.indexOf(harm)) === 0) return false;
  addHarm(due, harm, -1);
  return true;
}
