// An account of a call, as lines that fit a terminal.
import { printable } from '../lib/printable.ts';
import type { CallHook } from '../lib/publish/call.ts';
import type { Step } from '../live/state/timeline.ts';
import type { Account, Whereabouts } from './call.ts';
import { fit, table } from './output.ts';

/** @param width columns of a line */
export function formatAccount(account: Account, base: string, width: number): string {
  const { steps, hooks, isOpen, cdrs, incomplete } = account;
  const rows = steps.length > 0 ? steps.map((step) => describeStep(step, base)) : hooks.map(describeHook);
  const lines = [
    ...(rows.length === 0 ? ['no hook of it is known'] : table(rows).split('\n')),
    ...(steps.length === 0 && rows.length > 0
      ? ['(from what Redis remembers of the call; with LIVE=on the stream has more)']
      : []),
    ...(isOpen ? ['it has not left'] : []),
    ...incomplete.map((found) => describeEntry('it never left, record', found)),
    ...cdrs.map((found) => describeEntry('CDR', found)),
  ];
  return lines.map((line) => fit(line, width)).join('\n');
}

/** UTC. */
const clock = (at: number) => new Date(at).toISOString().slice(0, 23).replace('T', ' ');
const age = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

function describeStep({ event, at, late, made }: Step, base: string) {
  const short = (place: string) => (place.startsWith(`${base}:`) ? place.slice(base.length + 1) : place);
  const words = made.flatMap(({ kind, places, outcome }) => {
    const where = places.map(short).join(' ');
    if (outcome === 'made') return [kind === 'cdr' ? `CDR ${where}` : where];
    return outcome === 'repeat' && kind === 'event' ? [] : [`(${outcome}: ${where})`];
  });
  return {
    time: clock(at),
    event: late ? `${event.event}, late` : event.event,
    received: `${event.received_at < at ? '' : '+'}${age(event.received_at - at)}`,
    agent: printable(event.agent_id ?? ''),
    made: words.join(', '),
  };
}

const describeHook = ({ event, at, agent_id }: CallHook) => ({
  time: clock(at),
  event,
  agent: printable(agent_id ?? ''),
});

function describeEntry(what: string, found: Whereabouts): string {
  const list = `${what} in ${found.list}:`;
  switch (found.where) {
    case 'none':
      return `${list} none was pushed`;
    case 'popped':
      return `${list} pushed, and popped since`;
    case 'worker':
      return `${list} held by the worker ${printable(found.worker)}`;
    case 'dead':
      return `${list} in the dead list ${found.key} after ${found.tries} ${found.tries === 1 ? 'try' : 'tries'}`;
    case 'unseen':
      return `${list} pushed; it waits behind the newest of ${found.of}, or was popped`;
    case 'waiting':
      return `${list} waits, ${found.place} of ${found.of} to be popped`;
  }
}
