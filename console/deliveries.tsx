// Deliveries: the newest hooks, accepted and refused, and what became of each.
import { useSignal } from '@preact/signals';
import type { Delivery, RefusedRow } from '../live/console/schema.ts';
import { findDeliveries } from './ask.ts';
import { CallDialog } from './call.tsx';
import { MendDialog } from './mend.tsx';
import { deliveries, me, now, refused, wall } from './state.ts';
import { TurnedAway } from './turned-away.tsx';
import { count, shortenPlace, writeAge, writeMoment } from './words.ts';

/** Rows on the page; the others are found by searching. */
const SHOWN = 100;

type Row =
  | { readonly kind: 'accepted'; readonly at: number; readonly hook: Delivery }
  | { readonly kind: 'refused'; readonly at: number; readonly hook: RefusedRow };

type Chosen = Row | undefined;
type Result = { readonly rows: readonly Delivery[]; readonly complete: boolean } | undefined;

export function Deliveries() {
  const chosen = useSignal<Chosen>(undefined);
  const attempt = useSignal('');
  const agent = useSignal('');
  const result = useSignal<Result>(undefined);
  const failure = useSignal('');

  const wanted = { attempt: attempt.value.trim(), agent: agent.value.trim() };

  const search = async (event?: Event) => {
    event?.preventDefault();
    failure.value = '';
    result.value = undefined;
    if (wanted.attempt === '' && wanted.agent === '') return;
    try {
      const { deliveries: rows, complete } = await findDeliveries(wanted.attempt, wanted.agent);
      result.value = { rows, complete };
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };
  const clear = () => {
    attempt.value = '';
    agent.value = '';
    result.value = undefined;
    failure.value = '';
  };
  const searched = result.value !== undefined;
  /** While somebody types, what begins so; of a search, what is equal. */
  const passes = (hook: Delivery | RefusedRow) =>
    (['attempt', 'agent'] as const).every((name) =>
      searched ? ['', hook[name]].includes(wanted[name]) : (hook[name] ?? '').startsWith(wanted[name]),
    );
  const accepted = result.value?.rows ?? deliveries.value.filter(passes);
  const rows = mixRows(accepted, (refused.value?.refused ?? []).filter(passes));

  return (
    <>
      <search>
        <form class="search" onSubmit={search}>
          <label>
            Attempt
            <input
              type="search"
              inputMode="numeric"
              value={attempt}
              onInput={({ currentTarget }) => {
                attempt.value = currentTarget.value;
                result.value = undefined;
              }}
            />
          </label>
          <label>
            Agent (extension or id)
            <input
              type="search"
              value={agent}
              onInput={({ currentTarget }) => {
                agent.value = currentTarget.value;
                result.value = undefined;
              }}
            />
          </label>
          <button type="submit">Search</button>
          <button type="button" class="quiet" onClick={clear}>
            Clear
          </button>
        </form>
      </search>
      <p class="problem" role="alert">
        {failure.value}
      </p>
      <TurnedAway />
      <section aria-label="Hooks">
        <h2>{result.value === undefined ? 'Newest hooks' : `Found: ${count(rows.length, 'hook')}`}</h2>
        <RefusedState />
        {me.value?.stream === true && wall.value?.reading === false ? (
          <p class="notice failed">
            Redis is not read: newer accepted hooks are missing here.{' '}
            {me.value.desk ? <a href="#/health">Health says why</a> : null}
          </p>
        ) : null}
        {rows.length === 0 ? (
          <Nothing searched={searched} typed={wanted.attempt + wanted.agent !== ''} />
        ) : (
          <Table rows={rows} choose={(row) => (chosen.value = row)} />
        )}
        {result.value?.complete === false ? <p class="hint">There are more: these are the newest.</p> : null}
      </section>
      {chosen.value?.kind === 'accepted' ? (
        <CallDialog hook={chosen.value.hook} close={() => (chosen.value = undefined)} />
      ) : null}
      {chosen.value?.kind === 'refused' ? (
        <MendDialog hook={chosen.value.hook} close={() => (chosen.value = undefined)} />
      ) : null}
    </>
  );
}

const mixRows = (accepted: readonly Delivery[], others: readonly RefusedRow[]): Row[] =>
  [
    ...accepted.map((hook): Row => ({ kind: 'accepted', at: hook.received_at, hook })),
    ...others.map((hook): Row => ({ kind: 'refused', at: hook.received_at, hook })),
  ]
    .sort((one, other) => other.at - one.at)
    .slice(0, SHOWN);

function Nothing({ searched, typed }: { readonly searched: boolean; readonly typed: boolean }) {
  if (searched)
    return (
      <p>
        No such hook is in the live stream, which holds the last LIVE_MAX events, nor among the refused ones.
        Was it turned away, or is the number another one?
      </p>
    );
  if (typed) return <p>None of the newest hooks: Search looks through all of the live stream.</p>;
  return (
    <p>
      No hook yet. {me.value?.desk ? <a href="#/trial">Send one by hand</a> : 'Send one'}, or look at the flow
      in Webitel.
    </p>
  );
}

/** What the list can't have, and why. */
function RefusedState() {
  if (me.value?.desk === false)
    return (
      <p class="notice">
        Accepted hooks only. To see what was refused, and to mend it, an operator runs{' '}
        <code>bin/hookline console --stage … --tenant …</code>: this gateway has no rights on those queues.
      </p>
    );
  const news = refused.value;
  if (news?.failure) return <p class="notice failed">The refused hooks cannot be read: {news.failure}</p>;
  const missing = (news?.kept ?? 0) - (news?.refused.length ?? 0);
  if (missing > 0)
    return (
      <p class="notice">{count(missing, 'more refused hook')} kept: bin/hookline quarantine list has all.</p>
    );
  return me.value?.stream === false ? (
    <p class="notice">Refused hooks only: no Redis is named, so that accepted ones cannot be read.</p>
  ) : null;
}

function Table({ rows, choose }: { readonly rows: readonly Row[]; readonly choose: (row: Row) => void }) {
  return (
    <div class="scroll">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Status</th>
            <th scope="col">Event</th>
            <th scope="col">Queue</th>
            <th scope="col">Attempt</th>
            <th scope="col">Agent</th>
            <th scope="col">What became of it</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <HookRow key={`${row.kind} ${row.hook.id}`} row={row} choose={choose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HookRow({ row, choose }: { readonly row: Row; readonly choose: (row: Row) => void }) {
  const { hook, kind, at } = row;
  const good = kind === 'accepted';
  const label = good
    ? `Show ${hook.event}${hook.attempt === null ? '' : ` of attempt ${hook.attempt}`}`
    : `Mend refused ${hook.event ?? 'hook'}`;
  return (
    <tr class={good ? '' : 'bad'}>
      <td data-label="Time">{writeMoment(at, now.value)}</td>
      <td data-label="Status">
        <span class={`chip ${good ? 'good' : 'failed'}`}>
          {good ? '202 accepted' : `${hook.status} refused`}
        </span>
      </td>
      <td data-label="Event">
        <button type="button" class="link" onClick={() => choose(row)} aria-label={label}>
          {hook.event ?? '?'}
        </button>
      </td>
      <td data-label="Queue">{(good && hook.queue_name) || (hook.queue ?? '–')}</td>
      <td data-label="Attempt">{hook.attempt ?? '–'}</td>
      <td data-label="Agent">{hook.agent ?? '–'}</td>
      <td data-label="What became of it">{good ? <Became hook={hook} /> : <Refusal hook={hook} />}</td>
    </tr>
  );
}

const outcomes = {
  made: '',
  repeat: ' (there already)',
  late: ' (too late)',
  older: ' (a newer one was there)',
};

function Became({ hook }: { readonly hook: Delivery }) {
  const delay = hook.received_at - hook.at;
  return (
    <>
      {hook.late ? <span class="chip warning">late</span> : null}{' '}
      {hook.made.map(({ kind, type, places: [place = ''], outcome }) => (
        <span key={`${kind} ${type} ${place}`} class={`made ${kind} ${outcome}`} title={place}>
          {kind === 'cdr' ? 'CDR → ' : kind === 'message' ? `${type} on ` : 'on '}
          {shortenPlace(place, me.value?.base)}
          {outcomes[outcome]}
        </span>
      ))}
      {delay > 120_000 ? <span class="hint"> posted {writeAge(delay)} after it happened</span> : null}
    </>
  );
}

function Refusal({ hook: { problems, detail } }: { readonly hook: RefusedRow }) {
  if (problems.length === 0) return <span class="problem">{detail}</span>;
  return (
    <span class="problem">
      {problems.map(({ path, message }) => (
        <span key={path}>
          <strong>{path}</strong> {message}{' '}
        </span>
      ))}
    </span>
  );
}
