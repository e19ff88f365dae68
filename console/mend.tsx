// A refused hook: what is wrong beside the very field, a try without consequences, and the replay.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RefusedDelivery, RefusedRow, Replayed } from '../live/console/schema.ts';
import { findRefused, replay } from './ask.ts';
import { Dialog } from './dialog.tsx';
import { me, now, reveal } from './state.ts';
import { writeMoment } from './words.ts';

type Props = { readonly hook: RefusedRow; readonly close: () => void };

const events = [
  ...['joined', 'offering', 'active', 'answered', 'bridged'],
  ...['missed', 'processing', 'leaving', 'agent_status'],
];

export function MendDialog({ hook, close }: Props) {
  const delivery = useSignal<RefusedDelivery | undefined>(undefined);
  const failure = useSignal('');
  const changes = useSignal<Readonly<Record<string, string>>>({});
  const event = useSignal('');
  const body = useSignal<string | undefined>(undefined);
  const result = useSignal<(Replayed & { readonly dry: boolean }) | undefined>(undefined);
  const busy = useSignal(false);
  const revealed = reveal.value;

  useEffect(() => {
    findRefused(hook.id, revealed).then(
      (found) => {
        delivery.value = found;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
  }, [hook.id, revealed]);

  const send = async (dry: boolean) => {
    busy.value = true;
    failure.value = '';
    try {
      const mended = await replay({
        id: hook.id,
        set: changes.value,
        ...(event.value !== '' && { event: event.value }),
        ...(body.value !== undefined && { body: body.value }),
        dry,
      });
      result.value = { ...mended, dry };
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  };
  /** @param value an empty one leaves the field out; undefined: as it came */
  const change = (name: string, value: string | undefined) => {
    const { [name]: _, ...rest } = changes.value;
    changes.value = value === undefined ? rest : { ...rest, [name]: value };
    result.value = undefined;
  };
  const done = result.value?.accepted === true && !result.value.dry;
  const known = delivery.value;
  const asksEvent = hook.status === 404 || hook.problems.some(({ path }) => path === 'event');

  return (
    <Dialog title={`Refused with ${hook.status}`} close={close}>
      <p>
        {hook.detail}. It came at {writeMoment(hook.received_at, now.value)} on <code>{hook.path}</code> and
        is kept for 14 days.
      </p>
      {asksEvent ? (
        <label>
          Event
          <select
            value={event}
            onChange={({ currentTarget }) => {
              event.value = currentTarget.value;
              result.value = undefined;
            }}
          >
            <option value="">as it came</option>
            {events.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ) : null}
      {known?.fields ? (
        <table class="fields">
          <caption>The fields of the body. Write a new value where one is wrong, or leave it out.</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">As it came</th>
              <th scope="col">New value</th>
            </tr>
          </thead>
          <tbody>
            {known.fields.map(({ name, value, problems }, index) => (
              <tr key={name} class={problems.length > 0 ? 'bad' : ''}>
                <th scope="row">{name}</th>
                <td>{value ? <code>{value}</code> : <em>{value === null ? 'missing' : 'empty'}</em>}</td>
                <td>
                  <input
                    aria-label={`New value of ${name}`}
                    aria-invalid={problems.length > 0}
                    aria-describedby={problems.length > 0 ? `problem-${index}` : undefined}
                    value={changes.value[name] ?? ''}
                    placeholder={changes.value[name] === '' ? 'left out' : ''}
                    onInput={({ currentTarget }) => change(name, currentTarget.value || undefined)}
                  />
                  {problems.length > 0 ? (
                    <span class="problem" id={`problem-${index}`}>
                      {problems.join('; ')}
                    </span>
                  ) : null}
                  {problems.length > 0 && value ? (
                    <button type="button" class="link" onClick={() => change(name, '')}>
                      Leave {name} out
                    </button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {known?.fields === null ? (
        <Body known={known} body={body.value} write={(text) => (body.value = text)} />
      ) : null}
      <p class="hint">
        A replay goes through the same checks as at the door, with the time of the hook. Mend the flow in
        Webitel, too: else the next hook is refused as this one.{' '}
        {revealed
          ? `Personal data is shown; that is logged for ${me.value?.login}.`
          : 'Personal data is dots.'}
      </p>
      <div class="foot">
        <p class="problem" role="alert">
          {failure.value}
        </p>
        <div role="status">{result.value === undefined ? null : <Result result={result.value} />}</div>
        <p class="actions">
          <button type="button" class="quiet" disabled={busy.value || done} onClick={() => send(true)}>
            Dry run
          </button>
          <button type="button" disabled={busy.value || done} onClick={() => send(false)}>
            Replay
          </button>
        </p>
      </div>
    </Dialog>
  );
}

type BodyProps = {
  readonly known: RefusedDelivery;
  readonly body: string | undefined;
  readonly write: (text: string) => void;
};

/** A body without fields is mended as a text. */
function Body({ known, body, write }: BodyProps) {
  if (!known.revealed)
    return (
      <>
        <p>The body has no fields that could be read. To mend it, switch on “Show personal data”.</p>
        <pre>{known.body}</pre>
      </>
    );
  return (
    <label>
      Body
      <textarea
        rows={12}
        spellcheck={false}
        value={body ?? known.body}
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
    </label>
  );
}

function Result({ result }: { readonly result: Replayed & { readonly dry: boolean } }) {
  const { accepted, dry, event, reason, problems } = result;
  if (accepted)
    return (
      <p class="notice good">
        {dry
          ? `It would be accepted as ${event}. Nothing was done yet.`
          : `Accepted as ${event}. It has left the quarantine.`}
        {reason === null ? '' : ` But it was not deleted (${reason}): replay it again.`}
      </p>
    );
  return (
    <div class="notice failed">
      <p>
        {dry ? 'It would be refused again' : 'It was refused again'}: {reason}
      </p>
      <ul>
        {problems.map(({ path, message }) => (
          <li key={path}>
            <strong>{path}</strong> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
