// What was refused and is kept nowhere, by minute and path; and what waits for Redis.
import type { Counts } from '../live/console/schema.ts';
import { me, now, refused } from './state.ts';
import { count, writeAge, writeMinute, writeTime } from './words.ts';

/** Lines on the page. */
const SHOWN = 12;

export function TurnedAway() {
  const news = refused.value;
  if (news === undefined || me.value?.desk === false) return null;
  const { counts } = news;
  if (counts === null)
    return (
      <p class="hint">
        Hooks with a wrong token or a wrong URL are kept nowhere, and nobody counts them here: look at the
        lines “refused” in the log of the webhook.
      </p>
    );
  return (
    <>
      {counts.failure === null ? null : (
        <p class="notice failed">Hooks that are kept nowhere cannot be counted: {counts.failure}</p>
      )}
      <GivenBack counts={counts} />
      {counts.turnedAway.length > 0 ? <Counted counts={counts} /> : null}
      {counts.by === 'CloudWatch' && counts.failure === null ? (
        <p class="hint">
          {counts.turnedAway.length > 0
            ? ''
            : 'No hook was turned away within the hour, as far as is known. '}
          CloudWatch counts what is kept nowhere, some minutes late and without paths: those are in the log of
          the webhook, in the lines “refused”.
        </p>
      ) : null}
      {counts.repeats !== null && counts.repeats > 0 ? (
        <p class="hint">{count(counts.repeats, 'hook')} came twice and made nothing the second time.</p>
      ) : null}
    </>
  );
}

function Counted({ counts: { by, turnedAway } }: { readonly counts: Counts }) {
  const hasPaths = by === 'log';
  return (
    <section aria-label="Turned away" class="card">
      <h2>Turned away, kept nowhere</h2>
      <div class="scroll">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Minute</th>
              <th scope="col">Status</th>
              {hasPaths ? <th scope="col">Path</th> : null}
              <th scope="col">Hooks</th>
              <th scope="col">What to do</th>
            </tr>
          </thead>
          <tbody>
            {turnedAway.slice(0, SHOWN).map(({ minute, status, path, count: hooks, remedy }) => (
              <tr key={`${minute} ${status} ${path}`}>
                <td data-label="Minute">{writeMinute(minute)}</td>
                <td data-label="Status">
                  <span class="chip failed">{describeStatus(status)}</span>
                </td>
                {hasPaths ? (
                  <td data-label="Path">
                    <code>{path}</code>
                  </td>
                ) : null}
                <td data-label="Hooks">{hooks}</td>
                <td data-label="What to do">{remedy}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const statuses: Readonly<Record<number, string>> = {
  401: '401 wrong token',
  403: '403 wrong address',
  404: '404 wrong path',
  405: '405 wrong method',
  413: '413 too large',
};

const describeStatus = (status: number | null): string =>
  status === null ? 'not 401' : (statuses[status] ?? `${status}`);

/** Redis did not take these: they come again by themselves. */
function GivenBack({ counts: { by, givenBack } }: { readonly counts: Counts }) {
  const [newest] = givenBack;
  if (newest === undefined) return null;
  return (
    <section aria-label="Given back" class="card">
      <h2>Given back: Redis did not take these, they come again by themselves</h2>
      <ul>
        {givenBack.slice(0, 5).map(({ at, count: events, causes }) => (
          <li key={at}>
            {by === 'log' ? writeTime(at) : writeMinute(at)} {count(events, 'event')}
            {causes.length === 0 ? null : ': '}
            {causes
              .map(({ message, remedy }) => [message, remedy].filter((word) => word !== '').join('. '))
              .join('; ')}
          </li>
        ))}
      </ul>
      <p class="hint">
        The last was {writeAge(now.value - newest.at)} ago.{' '}
        {by === 'log' ? '' : 'The lines “given back” in the log of the consumer have the reason.'}
      </p>
    </section>
  );
}
