// The wall: who waits, who talks, and how the day went. To be read from five metres.
import { useSignal } from '@preact/signals';
import type { Agent, Cdr, Inbound, Outbound, Wall } from '../live/console/schema.ts';
import { Chart } from './chart.tsx';
import { me, now, wall } from './state.ts';
import { writeAge, writeDuration, writeMinute, writeSeconds, writeShare } from './words.ts';

/** No hook for so long, ms, is worth a word. */
const CEASED = 5 * 60_000;
/** So many queues and more are shown smaller. */
const MANY = 8;
/** A wait that is longer than the service level by so many times is shown as one. */
const LONG = 3;

export function WallPage() {
  const known = wall.value;
  const large = useSignal(false);
  if (known === undefined) return <p>One moment…</p>;
  const toggle = async () => {
    large.value = !large.value;
    if (large.value) await document.documentElement.requestFullscreen().catch(() => undefined);
    else if (document.fullscreenElement !== null) await document.exitFullscreen();
  };
  return (
    <div class={`wall ${large.value ? 'large' : ''}`}>
      <Freshness known={known} />
      {known.inbound.length + known.outbound.length === 0 ? (
        <p>No call yet. Queues are shown with their first call.</p>
      ) : null}
      {known.inbound.length > 0 ? <InboundTable queues={known.inbound} /> : null}
      <div class="pair">
        {known.outbound.length > 0 ? <OutboundTable queues={known.outbound} /> : null}
        <Agents agents={known.agents} />
      </div>
      <div class="pair">
        {known.inbound.length > 0 ? (
          <section class="charts" aria-label="The day">
            <Chart
              title="Waiting calls"
              unit="calls"
              from={known.day.from}
              step={known.day.step}
              values={known.day.waiting}
              bars
            />
            <Chart
              title="Wait before answer"
              unit="s"
              from={known.day.from}
              step={known.day.step}
              values={known.day.answer}
            />
          </section>
        ) : null}
        <Cdrs cdrs={known.cdrs} />
      </div>
      <p class="actions">
        <button type="button" class="quiet" onClick={toggle} aria-pressed={large.value}>
          Large, for a screen on the wall
        </button>
      </p>
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
  if (!reading) return <p class="notice failed">Redis is not read: what you see is old.</p>;
  const age = newest === null ? 0 : now.value - newest;
  return (
    <div>
      <div role="status">
        {newest !== null && age > CEASED ? (
          <p class="notice warning">
            No hook for more than {writeAge(CEASED * Math.floor(age / CEASED))}. If calls go on, look at the
            flow in Webitel.
          </p>
        ) : null}
      </div>
      <p class="fresh">
        {writeMinute(now.value)}{' '}
        <span>{newest === null ? 'no hook yet' : `newest hook ${writeAge(age)} ago`}</span>
      </p>
    </div>
  );
}

function InboundTable({ queues }: { readonly queues: readonly Inbound[] }) {
  const level = me.value?.serviceLevel ?? 20;
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
          {queues.map((queue) => (
            <tr key={queue.id}>
              <th scope="row">{queue.name ?? queue.id}</th>
              <Figure label="Waiting" value={queue.waiting} strong={queue.waiting > 0} />
              <Longest since={queue.longestSince} level={level} />
              <Figure label="Ringing" value={queue.ringing} />
              <Figure label="Talking" value={queue.talking} />
              <Figure label="Wrap-up" value={queue.wrapup} />
              <Figure label="Entered" value={queue.entered} />
              <Figure label="Answered" value={queue.answered} />
              <td data-label="Abandoned">
                {queue.abandoned}
                <small>{queue.abandonRate === null ? '' : ` ${writeShare(queue.abandonRate)}`}</small>
              </td>
              <td data-label={`In ${level} s`} class="strong">
                {writeShare(queue.inTime)}
              </td>
              <td data-label="ASA">{writeSeconds(queue.asa)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

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
    <td data-label="Longest" class={wait > LONG * level * 1000 ? 'alarm' : 'strong'}>
      {writeDuration(wait)}
    </td>
  );
}

function OutboundTable({ queues }: { readonly queues: readonly Outbound[] }) {
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
          {queues.map((queue) => (
            <tr key={queue.id}>
              <th scope="row">{queue.name ?? queue.id}</th>
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
    </div>
  );
}

const states: Readonly<Record<Agent['state'], readonly [order: number, word: string]>> = {
  talking: [0, 'talking'],
  ringing: [1, 'ringing'],
  wrapup: [2, 'wrap-up'],
  ready: [3, 'ready'],
  paused: [4, 'paused'],
  unknown: [5, 'unknown'],
  out: [6, 'logged out'],
};

function Agents({ agents }: { readonly agents: readonly Agent[] }) {
  const present = agents
    .filter(({ state }) => state !== 'out')
    .sort((one, other) => states[one.state][0] - states[other.state][0] || one.since - other.since);
  const away = agents.length - present.length;
  if (agents.length === 0) return null;
  return (
    <section aria-label="Agents">
      <h2>
        Agents <small>{away === 0 ? '' : `and ${away} logged out`}</small>
      </h2>
      <ul class="agents">
        {present.map(({ id, extension, name, state, cause, since }) => (
          <li key={id} class={state}>
            <strong>{extension ?? id}</strong>
            {name !== null && !name.includes('•') ? <span class="name">{name}</span> : null}
            <span class="state">
              {states[state][1]}
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
                <td data-label="Time">{writeMinute(at)}</td>
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
