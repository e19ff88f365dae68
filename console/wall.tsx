// The wall: who waits, who talks, and how the day went. To be read from five metres.
import { useSignal } from '@preact/signals';
import type { Agent, Cdr, Inbound, Outbound, Wall } from '../live/console/schema.ts';
import { Chart } from './chart.tsx';
import { large, me, now, refused, showLarge, wall } from './state.ts';
import {
  count,
  writeAge,
  writeDuration,
  writeMinute,
  writeMoment,
  writeSeconds,
  writeShare,
} from './words.ts';

/** No hook for so long, ms, is worth a word. */
const CEASED = 5 * 60_000;
/** Hooks that were turned away so long ago, ms, are no news. */
const LATELY = 10 * 60_000;
/** So many queues are shown as they are; more are smaller, and in the order of their waits. */
const MANY = 8;
/** A wait that is longer than the service level by so many times is shown as one. */
const LONG = 3;

export function WallPage() {
  const known = wall.value;
  if (known === undefined) return <p>One moment…</p>;
  const { inbound, outbound, agents, day, cdrs } = known;
  return (
    <div class={`wall ${large.value ? 'large' : ''}`}>
      <Freshness known={known} />
      {inbound.length + outbound.length === 0 ? (
        <p>No call yet. Queues are shown with their first call.</p>
      ) : null}
      {inbound.length > 1 ? <Totals queues={inbound} /> : null}
      {inbound.length > 0 ? <InboundTable queues={inbound} /> : null}
      <div class="beside">
        {outbound.length > 0 ? <OutboundTable queues={outbound} /> : null}
        <Agents agents={agents} />
      </div>
      <div class="pair">
        {inbound.length > 0 ? (
          <section class="charts" aria-label="The day">
            <Chart
              title="Waiting calls"
              unit="calls"
              from={day.from}
              step={day.step}
              values={day.waiting}
              bars
            />
            <Chart title="Wait before answer" unit="s" from={day.from} step={day.step} values={day.answer} />
          </section>
        ) : null}
        <Cdrs cdrs={cdrs} />
      </div>
    </div>
  );
}

/** How old what is shown is. */
function Freshness({ known: { newest, reading } }: { readonly known: Wall }) {
  if (me.value?.stream === false)
    return (
      <p class="notice">
        No Redis is named: name it with --redis or REDIS_URL, and the wall shows its calls.
      </p>
    );
  const age = newest === null ? 0 : now.value - newest;
  return (
    <div>
      <div role="status">
        {reading ? null : <p class="notice failed">Redis is not read: what you see is old.</p>}
        {reading && newest !== null && age > CEASED ? (
          <p class="notice warning">
            No hook for more than {writeAge(CEASED * Math.floor(age / CEASED))}. If calls go on, look at the
            flow in Webitel.
          </p>
        ) : null}
        <TurnedAwayNow />
      </div>
      <div class="fresh">
        <p>
          {writeMinute(now.value)}{' '}
          <span>{newest === null ? 'no hook yet' : `newest hook ${writeAge(age)} ago`}</span>
        </p>
        <button
          type="button"
          class="quiet"
          onClick={() => showLarge(!large.value)}
          title={large.value ? 'Escape does it, too' : 'for a screen on the wall'}
        >
          {large.value ? 'Leave' : 'Large'}
        </button>
      </div>
    </div>
  );
}

/** Why there may be no calls: only who sees hooks learns it. */
function TurnedAwayNow() {
  const away = refused.value?.counts?.turnedAway ?? [];
  const hooks = away
    .filter(({ minute }) => minute > now.value - LATELY)
    .reduce((sum, { count: each }) => sum + each, 0);
  if (hooks === 0) return null;
  return (
    <p class="notice failed">
      {count(hooks, 'hook')} turned away in the last minutes, and kept nowhere:{' '}
      <a href="#/deliveries">Deliveries says why</a>
    </p>
  );
}

/** All inbound queues together, for who stands far away. */
function Totals({ queues }: { readonly queues: readonly Inbound[] }) {
  const level = me.value?.serviceLevel ?? 20;
  const sum = (read: (queue: Inbound) => number) => queues.reduce((total, queue) => total + read(queue), 0);
  const entered = sum((queue) => queue.entered);
  const share = (part: number) => writeShare(entered === 0 ? null : part / entered);
  const since = Math.min(...queues.map(({ longestSince }) => longestSince ?? Number.POSITIVE_INFINITY));
  const waits = Number.isFinite(since) ? now.value - since : undefined;
  const figures: readonly (readonly [label: string, value: string | number, look?: string])[] = [
    ['Waiting', sum(({ waiting }) => waiting)],
    ['Longest', waits === undefined ? '–' : writeDuration(waits), isLong(waits, level) ? 'alarm' : ''],
    ['Talking', sum(({ talking }) => talking)],
    ['Entered', entered],
    ['Abandoned', share(sum(({ abandoned }) => abandoned))],
    [`In ${level} s`, share(sum((queue) => (queue.inTime ?? 0) * queue.entered))],
  ];
  return (
    <dl class="totals" aria-label="All queues">
      {figures.map(([label, value, look = '']) => (
        <div key={label} class={look}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const isLong = (wait: number | undefined, level: number): boolean =>
  wait !== undefined && wait > LONG * level * 1000;

type Live = {
  readonly waiting?: number;
  readonly ringing: number;
  readonly talking: number;
  readonly wrapup: number;
};

/** Of many queues, those without a call come when somebody asks for them. */
function useQuiet<Queue extends Live>(queues: readonly Queue[]) {
  const open = useSignal(false);
  const live = queues.filter(
    ({ waiting = 0, ringing, talking, wrapup }) => waiting + ringing + talking + wrapup > 0,
  );
  const quiet = queues.length > MANY ? queues.length - live.length : 0;
  const toggle =
    quiet === 0 ? null : (
      <button
        type="button"
        class="link"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {open.value ? 'Hide' : 'Show'} {count(quiet, 'queue')} without a call
      </button>
    );
  return { shown: quiet === 0 || open.value ? queues : live, toggle };
}

/** Of many, who waits longest comes first. */
const byWait = (queues: readonly Inbound[]): readonly Inbound[] =>
  queues.length <= MANY
    ? queues
    : [...queues].sort(
        (one, other) =>
          (one.longestSince ?? Number.MAX_SAFE_INTEGER) - (other.longestSince ?? Number.MAX_SAFE_INTEGER),
      );

function InboundTable({ queues }: { readonly queues: readonly Inbound[] }) {
  const level = me.value?.serviceLevel ?? 20;
  const { shown, toggle } = useQuiet(byWait(queues));
  return (
    <div class="scroll">
      <table class={`queues ${queues.length > MANY ? 'many' : ''}`}>
        <caption>Queues</caption>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Waiting</th>
            <th scope="col">Longest</th>
            <th scope="col">Ringing</th>
            <th scope="col">Talking</th>
            <th scope="col">Wrap-up</th>
            <th scope="col">Entered</th>
            <th scope="col">Answered</th>
            <th scope="col">Abandoned</th>
            <th scope="col">
              <abbr title={`answered within ${level} s, of those that entered today`}>In {level} s</abbr>
            </th>
            <th scope="col">
              <abbr title="average speed of answer: how long answered calls had waited">ASA</abbr>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((queue) => (
            <tr key={queue.id}>
              <QueueName queue={queue} />
              <Figure label="Waiting" value={queue.waiting} strong={queue.waiting > 0} />
              <Longest since={queue.longestSince} level={level} />
              <Figure label="Ringing" value={queue.ringing} />
              <Figure label="Talking" value={queue.talking} />
              <Figure label="Wrap-up" value={queue.wrapup} />
              <Figure label="Entered" value={queue.entered} />
              <Figure label="Answered" value={queue.answered} />
              <td data-label="Abandoned">
                {queue.abandoned} <small>{queue.abandoned === 0 ? '' : writeShare(queue.abandonRate)}</small>
              </td>
              <td data-label={`In ${level} s`} class="strong">
                {writeShare(queue.inTime)}
              </td>
              <td data-label="ASA">{writeSeconds(queue.asa)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {toggle}
    </div>
  );
}

/** A name that is too long is cut: its title has all of it. */
const QueueName = ({
  queue: { id, name },
}: {
  readonly queue: { readonly id: string; readonly name: string | null };
}) => (
  <th scope="row" title={name ?? id}>
    {name ?? id}
  </th>
);

type FigureProps = { readonly label: string; readonly value: number; readonly strong?: boolean };

const Figure = ({ label, value, strong = false }: FigureProps) => (
  <td data-label={label} class={strong ? 'strong' : value === 0 ? 'zero' : ''}>
    {value}
  </td>
);

function Longest({ since, level }: { readonly since: number | null; readonly level: number }) {
  if (since === null)
    return (
      <td data-label="Longest" class="zero">
        –
      </td>
    );
  const wait = now.value - since;
  return (
    <td data-label="Longest" class={isLong(wait, level) ? 'alarm' : 'strong'}>
      {writeDuration(wait)}
    </td>
  );
}

function OutboundTable({ queues }: { readonly queues: readonly Outbound[] }) {
  const { shown, toggle } = useQuiet(queues);
  return (
    <div class="scroll">
      <table class="queues outbound">
        <caption>Outbound</caption>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Dialling</th>
            <th scope="col">Talking</th>
            <th scope="col">Wrap-up</th>
            <th scope="col">Calls</th>
            <th scope="col">Connected</th>
            <th scope="col">Rate</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((queue) => (
            <tr key={queue.id}>
              <QueueName queue={queue} />
              <Figure label="Dialling" value={queue.ringing} />
              <Figure label="Talking" value={queue.talking} />
              <Figure label="Wrap-up" value={queue.wrapup} />
              <Figure label="Calls" value={queue.calls} />
              <Figure label="Connected" value={queue.connected} />
              <td data-label="Rate" class="strong">
                {writeShare(queue.connectRate)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {toggle}
    </div>
  );
}

const words: Readonly<Record<Agent['state'], string>> = {
  talking: 'talking',
  ringing: 'ringing',
  wrapup: 'wrap-up',
  ready: 'ready',
  paused: 'paused',
  unknown: 'unknown',
  out: 'logged out',
};
const inOrder = ['talking', 'ringing', 'wrapup', 'ready', 'paused', 'unknown', 'out'] as const;

function Agents({ agents }: { readonly agents: readonly Agent[] }) {
  const present = agents
    .filter(({ state }) => state !== 'out')
    .sort(
      (one, other) => inOrder.indexOf(one.state) - inOrder.indexOf(other.state) || one.since - other.since,
    );
  if (agents.length === 0) return null;
  return (
    <section aria-label="Agents">
      <h2>Agents</h2>
      <p class="counts">
        {inOrder.map((state) => {
          const of = agents.filter((agent) => agent.state === state).length;
          return of === 0 ? null : (
            <span key={state} class={state}>
              <strong>{of}</strong> {words[state]}
            </span>
          );
        })}
      </p>
      <ul class="agents">
        {present.map(({ id, extension, name, state, cause, since }) => (
          <li key={id} class={state}>
            <strong title={extension ?? id}>{extension ?? id}</strong>
            {name !== null && !name.includes('•') ? (
              <span class="name" title={name}>
                {name}
              </span>
            ) : null}
            <span class="state" title={cause ?? undefined}>
              {words[state]}
              {cause === null ? '' : ` (${cause})`}
            </span>
            <time>{writeDuration(now.value - since)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Cdrs({ cdrs }: { readonly cdrs: readonly Cdr[] }) {
  if (cdrs.length === 0) return null;
  return (
    <section aria-label="Newest CDRs" class="cdrs">
      <h2>Newest CDRs</h2>
      <div class="scroll">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Queue</th>
              <th scope="col">Agent</th>
              <th scope="col">Number</th>
              <th scope="col">Talked</th>
              <th scope="col">End</th>
            </tr>
          </thead>
          <tbody>
            {cdrs.slice(0, 8).map(({ id, at, queue, agent, number, seconds, result }) => (
              <tr key={id}>
                <td data-label="Time">{writeMoment(at, now.value).replace(/:\d\d$/, '')}</td>
                <td data-label="Queue">{queue ?? '–'}</td>
                <td data-label="Agent">{agent ?? '–'}</td>
                <td data-label="Number">{number ?? '–'}</td>
                <td data-label="Talked">{seconds === null ? '–' : writeDuration(seconds * 1000)}</td>
                <td data-label="End">{result}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
