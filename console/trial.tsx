// Webhook trial: a hook by hand, the answer of the door, and the messages that it made; and the flow to import.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Examples, Messages } from '../live/console/schema.ts';
import { findExamples, tryHook, writeFlow } from './ask.ts';
import { refreshHook } from './fresh.ts';
import { me } from './state.ts';

const FIRST = 'bridged';

export function Trial() {
  const known = useSignal<Examples | undefined>(undefined);
  const failure = useSignal('');
  useEffect(() => {
    findExamples().then(
      (examples) => {
        known.value = examples;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
  }, []);
  if (me.value?.desk === false)
    return (
      <p class="notice">
        To send a hook by hand, an operator runs <code>bin/hookline console --stage … --tenant …</code>: this
        gateway doesn’t know the door.
      </p>
    );
  if (known.value === undefined) return <p role="alert">{failure.value || 'One moment…'}</p>;
  return (
    <div class="columns">
      <Send known={known.value} />
      <Flow url={known.value.url ?? ''} />
    </div>
  );
}

function Send({ known: { examples, url, token: common } }: { readonly known: Examples }) {
  const token = useSignal(common ?? '');
  const body = useSignal(refreshHook(examples[FIRST] ?? '{}'));
  const result = useSignal<Messages | undefined>(undefined);
  const failure = useSignal('');
  const busy = useSignal(false);

  const send = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    failure.value = '';
    result.value = undefined;
    try {
      result.value = await tryHook(token.value, body.value);
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <form class="card" onSubmit={send} aria-label="Send a hook">
      <h2>Send a hook</h2>
      <p class="hint">
        To <code>{url === null ? 'a door that is not named: --url' : `${url}/hooks/webitel`}</code>. It is a
        real hook: a leaving makes a real CDR.
      </p>
      <label>
        Example
        <select
          onChange={({ currentTarget }) => {
            body.value = refreshHook(examples[currentTarget.value] ?? '{}');
          }}
        >
          {Object.keys(examples).map((name) => (
            <option key={name} selected={name === FIRST}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Token
        <input
          value={token}
          autocomplete="off"
          onInput={({ currentTarget }) => {
            token.value = currentTarget.value;
          }}
        />
      </label>
      <label>
        Body
        <textarea
          rows={16}
          spellcheck={false}
          value={body}
          onInput={({ currentTarget }) => {
            body.value = currentTarget.value;
          }}
        />
      </label>
      <p class="actions">
        <button
          type="button"
          class="quiet"
          onClick={() => {
            body.value = refreshHook(body.value);
          }}
        >
          Make it a new call
        </button>
        <button type="submit" disabled={busy.value}>
          Send
        </button>
      </p>
      <p class="problem" role="alert">
        {failure.value}
      </p>
      <div role="status">{result.value === undefined ? null : <Answer result={result.value} />}</div>
    </form>
  );
}

const meanings: Readonly<Record<number, string>> = {
  202: 'accepted',
  400: 'the body is neither a JSON object nor a form',
  401: 'the token is wrong: compare it with HOOK_TOKENS',
  403: 'this address is not in ALLOWED_IPS',
  413: 'the body is too large',
  404: 'the URL of the door is wrong: give its beginning, without a path',
  422: 'a field is missing or wrong; it is kept, and Deliveries has it',
  503: 'the queue could not be reached: nothing was kept',
};

function Answer({ result: { status, answer, messages, note } }: { readonly result: Messages }) {
  const good = status === 202;
  const place = useRef<HTMLDivElement>(null);
  // It is below the fold of most screens.
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <section aria-label="Answer">
      <div ref={place}>
        <h3>
          <span class={`chip ${good ? 'good' : 'failed'}`}>{status}</span> {meanings[status] ?? ''}
        </h3>
        <pre>{indent(answer)}</pre>
      </div>
      {note === null ? null : <p class="notice">{note}</p>}
      {messages.length === 0 ? null : <h3>What it made in Redis</h3>}
      <ul class="messages">
        {messages.map(({ place, kind, message, ms }) => (
          <li key={`${place} ${message}`}>
            <span class={`made ${kind === 'list' ? 'cdr' : ''}`}>
              {kind === 'list' ? 'in list' : 'on channel'} {place}
            </span>{' '}
            {kind === 'list' ? '' : `after ${ms} ms`}
            <pre>{indent(message)}</pre>
          </li>
        ))}
      </ul>
    </section>
  );
}

function indent(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Of a URL that somebody copied with its path: the flow has the path already. */
const findBeginning = (url: string): string => url.trim().replace(/\/+(?:hooks(?:\/+webitel)?\/*)?$/, '');

function Flow({ url: found }: { readonly url: string }) {
  const url = useSignal(found);
  const flow = useSignal('');
  const said = useSignal('');
  const copy = async () => {
    if (!/^https?:\/\/[^/]/.test(url.value.trim())) {
      said.value = 'Name the URL of the door first: it begins with https://';
      return;
    }
    try {
      flow.value = (await writeFlow(findBeginning(url.value))).flow;
      await navigator.clipboard.writeText(flow.value);
      said.value = 'Copied. Import it in Webitel as a flow schema.';
    } catch (error) {
      said.value =
        flow.value === ''
          ? String(error)
          : 'The browser does not let the page copy: copy it from the field below.';
    }
  };
  return (
    <section class="card" aria-label="The flow for Webitel">
      <h2>The flow for Webitel</h2>
      <ol>
        <li>Name the URL under which Webitel reaches the door, without a path.</li>
        <li>Copy the flow, and import it in Webitel as a flow schema.</li>
        <li>
          Set the global variable <code>HOOKLINE_TOKEN</code> in Webitel to a token of{' '}
          <code>HOOK_TOKENS</code>.
        </li>
        <li>Name the flow in each hook of the queue.</li>
      </ol>
      <label>
        URL of the door
        <input
          type="url"
          value={url}
          onInput={({ currentTarget }) => {
            url.value = currentTarget.value;
            flow.value = '';
          }}
        />
      </label>
      {/^https?:\/\/(?:localhost|127\.|\[::1\])/.test(url.value) ? (
        <p class="hint">Webitel can’t reach this one: it is of this machine alone.</p>
      ) : null}
      <p class="actions">
        <button type="button" onClick={copy}>
          Copy the flow
        </button>
      </p>
      <p role="status">{said.value}</p>
      {flow.value === '' ? null : (
        <label>
          The flow
          <textarea rows={10} readOnly value={flow} />
        </label>
      )}
    </section>
  );
}
