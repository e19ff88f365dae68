// One call as a timeline of its hooks, with what each made.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Call, Delivery, Whereabouts } from '../live/console/schema.ts';
import { findCall, findCdr, findEvent } from './ask.ts';
import { Dialog } from './dialog.tsx';
import { me, reveal } from './state.ts';
import { count, writeDuration, writeTime } from './words.ts';

type Props = { readonly hook: Delivery; readonly close: () => void };

export function CallDialog({ hook, close }: Props) {
  const call = useSignal<Call | undefined>(undefined);
  const failure = useSignal('');
  const cdrs = useSignal<Whereabouts['cdrs']>([]);
  const { attempt, source, id } = hook;
  const revealed = reveal.value;
  useEffect(() => {
    const answered = attempt === null ? findEvent(id, revealed) : findCall(attempt, source, revealed);
    answered.then(
      (found) => {
        call.value = found;
        failure.value =
          found.steps.length === 0 ? 'It is no longer in the live stream, which LIVE_MAX bounds.' : '';
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
  }, [attempt, source, id, revealed]);
  useEffect(() => {
    if (attempt === null || me.value?.desk === false) return;
    findCdr(attempt, source).then(
      (found) => {
        cdrs.value = found.cdrs;
      },
      () => undefined,
    );
  }, [attempt, source]);
  const steps = call.value?.steps ?? [];
  const title = attempt === null ? `${hook.event}` : `Attempt ${attempt}`;
  return (
    <Dialog title={title} close={close}>
      <p class="problem" role="alert">
        {failure.value}
      </p>
      <p class="hint">
        {count(steps.length, 'hook')}.{' '}
        {revealed
          ? `Personal data is shown; that is logged for ${me.value?.login}.`
          : 'Personal data is dots.'}
      </p>
      {cdrs.value.map(({ list, where }) => (
        <p key={list}>
          <strong>CDR in {list}</strong>: {where}.
        </p>
      ))}
      <ol class="timeline">
        {steps.map((step, index) => (
          <li key={step.id}>
            <h3>
              <time>{writeTime(step.at)}</time> {step.event}
              {index > 0 ? (
                <small> +{writeDuration(step.at - (steps[index - 1]?.at ?? step.at))}</small>
              ) : null}
              {step.late ? <span class="chip warning">late</span> : null}
            </h3>
            <p class="hint">
              {[
                step.queue_name ?? (step.queue === null ? '' : `queue ${step.queue}`),
                step.agent === null ? '' : `agent ${step.agent}`,
                `the door took it at ${writeTime(step.received_at)}`,
              ]
                .filter((word) => word !== '')
                .join(', ')}
            </p>
            <ul class="messages">
              {step.made.map(({ kind, type, places, outcome, message }) => (
                <li key={`${kind} ${type} ${places.join()}`}>
                  <details>
                    <summary>
                      <span class={`made ${kind} ${outcome}`}>
                        {kind === 'cdr' ? 'CDR in list' : `${type} on`} {places.join(', ')}
                      </span>{' '}
                      {explain[outcome]}
                    </summary>
                    <pre>{message}</pre>
                  </details>
                </li>
              ))}
              <li>
                <details>
                  <summary>the event with all its fields</summary>
                  <pre>{step.fields}</pre>
                </details>
              </li>
            </ul>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

const explain = {
  made: '',
  repeat: 'not again: an earlier hook of this call made it',
  late: 'not sent: too late for a screen',
  older: 'not sent: a newer status was there first',
} as const;
