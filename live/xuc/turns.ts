// Clients take turns: a client that sends a thousand commands at once waits for itself, and nobody waits for it.

/** One client's next step. False: it has no more steps now, and asks for turns again when it has. */
export type Step = () => boolean;

/** After so many ms everything else has its turn: events, other protocols, new connections. */
const AT_ONCE = 5;

/** @returns what gives a client turns, one by one, until it has no more steps */
export function takeTurns(): (step: Step) => void {
  const waiting = new Set<Step>();
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled || waiting.size === 0) return;
    scheduled = true;
    setImmediate(run);
  };

  const run = (): void => {
    scheduled = false;
    const begun = performance.now();
    for (const step of [...waiting]) {
      waiting.delete(step);
      // At the end of the row again.
      if (step()) waiting.add(step);
      if (performance.now() - begun > AT_ONCE) break;
    }
    schedule();
  };

  return (step) => {
    waiting.add(step);
    schedule();
  };
}
