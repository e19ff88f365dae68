// What was refused and is kept nowhere, by minute and path; and what waits for Redis.
import { me, refused } from './state.ts';
import { count, writeMinute, writeTime } from './words.ts';

/** Lines on the page. */
const SHOWN = 12;

export function TurnedAway() {
  const news = refused.value;
  if (news === undefined || me.value?.desk === false) return null;
  return (
    <>
      <GivenBack />
      {news.turnedAway === null ? (
        <p class="hint">
          Hooks with a wrong token or a wrong URL are kept nowhere, and are counted only where the functions
          run: look at the lines “refused” in the log of the webhook.
        </p>
      ) : null}
      {news.turnedAway !== null && news.turnedAway.length > 0 ? (
        <section aria-label="Turned away" class="card">
          <h2>Turned away, kept nowhere</h2>
          <div class="scroll">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">Minute</th>
                  <th scope="col">Status</th>
                  <th scope="col">Path</th>
                  <th scope="col">Hooks</th>
                  <th scope="col">What to do</th>
                </tr>
              </thead>
              <tbody>
                {news.turnedAway.slice(0, SHOWN).map(({ minute, status, path, count: hooks, remedy }) => (
                  <tr key={`${minute} ${status} ${path}`}>
                    <td data-label="Minute">{writeMinute(minute)}</td>
                    <td data-label="Status">
                      <span class="chip failed">{statuses[status] ?? `${status}`}</span>
                    </td>
                    <td data-label="Path">
                      <code>{path}</code>
                    </td>
                    <td data-label="Hooks">{hooks}</td>
                    <td data-label="What to do">{remedy}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
      {news.repeats !== null && news.repeats > 0 ? (
        <p class="hint">{count(news.repeats, 'hook')} came twice and made nothing the second time.</p>
      ) : null}
    </>
  );
}

const statuses: Readonly<Record<number, string>> = {
  401: '401 wrong token',
  403: '403 wrong address',
  404: '404 wrong path',
  405: '405 wrong method',
  413: '413 too large',
};

/** Redis did not take these: they come again by themselves. */
function GivenBack() {
  const batches = refused.value?.givenBack ?? [];
  if (batches.length === 0) return null;
  return (
    <section aria-label="Given back" class="card">
      <h2>Given back: Redis did not take these, they come again by themselves</h2>
      <ul>
        {batches.slice(0, 5).map(({ at, count: events, causes }) => (
          <li key={at}>
            {writeTime(at)} {count(events, 'event')}:{' '}
            {causes
              .map(({ message, remedy }) => [message, remedy].filter((word) => word !== '').join('. '))
              .join('; ')}
          </li>
        ))}
      </ul>
    </section>
  );
}
