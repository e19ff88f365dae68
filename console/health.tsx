// Health: what the doctor finds, every few seconds.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Finding } from '../live/console/schema.ts';
import { findHealth } from './ask.ts';
import { me, now, wall } from './state.ts';
import { writeAge, writeTime } from './words.ts';

/** Between two looks, ms. */
const PAUSE = 5_000;

const signs = { good: '✓', warning: '!', failed: '✗' } as const;
const words = { good: 'good', warning: 'warning', failed: 'failed' } as const;

export function Health() {
  const findings = useSignal<readonly Finding[] | undefined>(undefined);
  const at = useSignal(0);
  const failure = useSignal('');
  useEffect(() => {
    if (me.value?.desk === false) return;
    let timer: number | undefined;
    let gone = false;
    const look = async () => {
      try {
        findings.value = (await findHealth()).findings;
        at.value = Date.now();
        failure.value = '';
      } catch (error) {
        failure.value = error instanceof Error ? error.message : String(error);
      }
      if (!gone) timer = setTimeout(look, PAUSE);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  const known = findings.value ?? [];
  const bad = known.filter(({ state }) => state !== 'good');
  const newest = wall.value?.newest ?? null;
  return (
    <>
      {failure.value === '' ? null : (
        <p class="notice failed" role="alert">
          It cannot be examined now: {failure.value} {known.length === 0 ? '' : 'What is below is older.'}
        </p>
      )}
      {me.value?.desk === false ? <Unexamined /> : null}
      <div role="status">
        {failure.value !== '' || me.value?.desk === false ? null : findings.value === undefined ? (
          <p>One moment…</p>
        ) : (
          <p class={`notice ${summarize(known)}`}>
            {bad.length === 0 ? 'All is well.' : `To look at: ${bad.length} of ${known.length}.`}
          </p>
        )}
      </div>
      <ul class="findings">
        {[...bad, ...known.filter(({ state }) => state === 'good')].map(
          ({ check, state, detail, remedy }) => (
            <li key={`${check} ${detail}`} class={state}>
              <span class="sign" aria-hidden="true">
                {signs[state]}
              </span>
              <strong>{check}</strong>
              <span class="sr">{words[state]}</span>
              <span class="detail">{detail}</span>
              {remedy === undefined ? null : (
                <span class="remedy">
                  {check === 'quarantine' ? (
                    <a href="#/deliveries">Deliveries has them, to mend and replay</a>
                  ) : (
                    remedy
                  )}
                </span>
              )}
            </li>
          ),
        )}
      </ul>
      <p class="hint">
        Version {me.value?.version}. {at.value === 0 ? '' : `Examined at ${writeTime(at.value)}. `}
        {newest === null
          ? 'No hook was seen yet.'
          : `The newest hook came ${writeAge(now.value - newest)} ago.`}
      </p>
    </>
  );
}

/** A gateway has no rights on the queues: it knows of itself alone. */
function Unexamined() {
  const reading = wall.value?.reading === true;
  return (
    <>
      <p class={`notice ${reading ? 'good' : 'failed'}`}>
        {reading ? 'Redis is read: the gateway has what is published.' : 'Redis is not read.'}
      </p>
      <p class="notice">
        Queues, lists and Redis are examined by <code>bin/hookline console --stage … --tenant …</code>, with
        an operator’s rights.
      </p>
    </>
  );
}

const summarize = (findings: readonly Finding[]): string =>
  findings.some(({ state }) => state === 'failed')
    ? 'failed'
    : findings.some(({ state }) => state === 'warning')
      ? 'warning'
      : 'good';
