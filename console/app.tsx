// The frame: who looks, at which page, and whether what is shown is of now.
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Me } from '../live/console/schema.ts';
import { login, logout } from './ask.ts';
import { Deliveries } from './deliveries.tsx';
import { Health } from './health.tsx';
import { callOtherTabs, connection, end, me, type Page, page, reveal, start } from './state.ts';
import { Trial } from './trial.tsx';
import { WallPage } from './wall.tsx';

const pages: readonly (readonly [Page, string, () => JSX.Element])[] = [
  ['deliveries', 'Deliveries', Deliveries],
  ['wall', 'Wall', WallPage],
  ['trial', 'Trial', Trial],
  ['health', 'Health', Health],
];

export function App() {
  if (me.value === null) return <Login />;
  if (me.value === undefined)
    return (
      <main class="alone" aria-busy="true">
        <Lost />
        <p>One moment…</p>
      </main>
    );
  const [, name = '', Shown = WallPage] = pages.find(([each]) => each === page.value) ?? [];
  // Two tabs may be of two tenants.
  document.title = `${name} · ${describePlace(me.value)} · Hookline`;
  return (
    <>
      <Header />
      <Lost />
      <main id="main" aria-label={name} tabIndex={-1}>
        <Shown />
      </main>
    </>
  );
}

function Header() {
  const known = me.value;
  if (!known) return null;
  const seen = known.profile === 'Admin' ? pages : pages.filter(([each]) => each === 'wall');
  const leave = async () => {
    await logout().catch(() => undefined);
    end();
    callOtherTabs('left');
  };
  return (
    <header>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Go to the content
      </button>
      <h1>
        Hookline <small>{describePlace(known)}</small>
      </h1>
      <nav aria-label="Pages">
        {seen.map(([each, label]) => (
          <a key={each} href={`#/${each}`} aria-current={each === page.value ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <label class="switch">
        <input
          type="checkbox"
          checked={reveal.value}
          onChange={({ currentTarget }) => {
            reveal.value = currentTarget.checked;
          }}
        />
        Show personal data
      </label>
      {known.open ? null : (
        <button type="button" class="quiet" onClick={leave}>
          Log out {known.login}
        </button>
      )}
    </header>
  );
}

const describePlace = ({ tenant, stage }: Me): string => (stage === null ? tenant : `${tenant}, ${stage}`);

/** A lost connection is no detail: what is shown is old. */
function Lost() {
  return (
    <div role="status">
      {connection.value === 'lost' ? (
        <p class="notice failed">
          The connection to the gateway is lost: what you see is old. The page tries again by itself.
        </p>
      ) : null}
    </div>
  );
}

function Login() {
  const failure = useSignal('');
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const given = new FormData(event.currentTarget);
    try {
      await login(String(given.get('login')), String(given.get('password')));
      failure.value = '';
      await start();
      callOtherTabs('entered');
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <main class="alone">
      <form class="card" onSubmit={enter} aria-label="Log in">
        <h1>Hookline</h1>
        <label>
          Login
          <input name="login" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="problem" role="alert">
          {failure.value}
        </p>
        <button type="submit">Log in</button>
        <p class="hint">The logins are those of LIVE_USERS.</p>
      </form>
    </main>
  );
}
