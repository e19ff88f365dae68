// Who may log in, and what each may see: everything, or the queues and agents of a supervisor's profile.
import { hash, timingSafeEqual } from 'node:crypto';
import type { LiveConfig, LiveSettings } from '../config.ts';
import { Refused, readNetwork } from './http.ts';
import type { Throttle } from './throttle.ts';

export type Group = { readonly id: string; readonly name: string; readonly agents: ReadonlySet<string> };

/** What an account may see. What names no queue or agent, only an Admin sees. */
export type Permissions = {
  readonly profile: 'Admin' | 'Supervisor';
  readonly seesQueue: (id: string | undefined) => boolean;
  readonly seesAgent: (id: string | undefined) => boolean;
  readonly groups: readonly Group[];
};

export type Account = {
  readonly login: string;
  readonly permissions: Permissions;
  /** another one with another password: sessions end with the password they were opened with */
  readonly stamp: string;
};

export type Accounts = {
  /** Takes the same time for an unknown login as for a wrong password. */
  readonly check: (login: string, password: string) => Account | undefined;
  readonly find: (login: string) => Account | undefined;
};

export function createAccounts({
  LIVE_USERS,
  LIVE_SETTINGS,
}: Pick<LiveConfig, 'LIVE_USERS' | 'LIVE_SETTINGS'>): Accounts {
  const accounts = new Map<string, Account>();
  const known = Object.entries(LIVE_USERS).map(([login, password]) => {
    const account = {
      login,
      permissions: readPermissions(login, LIVE_SETTINGS),
      stamp: hash('sha256', password, 'base64url'),
    };
    accounts.set(login, account);
    return { account, digest: computeDigest(login, password) };
  });
  return {
    find: (login) => accounts.get(login),
    check: (login, password) => {
      const given = computeDigest(login, password);
      let found: Account | undefined;
      for (const { account, digest } of known) if (timingSafeEqual(given, digest)) found = account;
      return found;
    },
  };
}

/** Whose login and password these are, sent from that address. Throws Refused. @param now epoch ms */
export function readLogin(
  { accounts, throttle }: { readonly accounts: Accounts; readonly throttle: Throttle },
  fields: Readonly<Record<string, unknown>>,
  address: string,
  now: number,
): Account {
  const { login, password } = fields;
  if (typeof login !== 'string' || typeof password !== 'string')
    throw new Refused(400, 'Send login and password');
  const network = readNetwork(address);
  throttle.check(network, login, now);
  const account = accounts.check(login, password);
  if (account === undefined) {
    throttle.fail(network, login, now);
    throw new Refused(401, 'The login or its password is wrong');
  }
  throttle.succeed(network, login);
  return account;
}

/** Of both together: the time that it takes doesn't depend on which one was wrong. */
const computeDigest = (login: string, password: string) =>
  hash('sha256', JSON.stringify([login, password]), 'buffer');

function readPermissions(login: string, { groups, profiles }: LiveSettings): Permissions {
  const all = Object.entries(groups).map(([id, { name, agents }]) => ({ id, name, agents: new Set(agents) }));
  const profile = Object.hasOwn(profiles, login) ? profiles[login] : undefined;
  if (profile === undefined)
    return { profile: 'Admin', seesQueue: () => true, seesAgent: () => true, groups: all };
  const queues = new Set(profile.queues);
  const own = all.filter(({ id }) => profile.groups.includes(id));
  const agents = new Set(own.flatMap((group) => [...group.agents]));
  return {
    profile: 'Supervisor',
    seesQueue: (id) => id !== undefined && queues.has(id),
    seesAgent: (id) => id !== undefined && agents.has(id),
    groups: own,
  };
}
