// How often somebody may be wrong about a password: each failed login takes a try, and tries come back with time.
import { hash } from 'node:crypto';
import { Refused } from './http.ts';

/** So many tries at once, and one more after so many ms. */
type Allowance = { readonly tries: number; readonly every: number };

/** Of one address, whichever logins it tries: many people may share it. */
const ADDRESS: Allowance = { tries: 30, every: 2_000 };
/** Of one login, whichever addresses try it. */
const LOGIN: Allowance = { tries: 10, every: 6_000 };

/** So many names of each kind are remembered at most: the oldest are forgotten first. */
const REMEMBERED = 20_000;

export type Throttle = {
  /** Throws Refused when the address, or the login, was wrong too often. @param now epoch ms */
  readonly check: (address: string, login: string, now: number) => void;
  readonly fail: (address: string, login: string, now: number) => void;
  /** From now on this login at this address counts for itself: nobody else can lock it out. */
  readonly succeed: (address: string, login: string) => void;
};

export function createThrottle(): Throttle {
  const addresses = countTries(ADDRESS);
  const logins = countTries(LOGIN);
  const pairs = countTries(LOGIN);
  const known = new Map<string, true>();

  /** Whose tries these are. */
  const listCounts = (address: string, login: string) => {
    const name = nameLogin(login);
    const pair = `${address} ${name}`;
    if (known.has(pair)) return [{ count: pairs, name: pair }];
    return [
      { count: addresses, name: address },
      { count: logins, name },
    ];
  };

  return {
    check: (address, login, now) => {
      const ms = Math.max(...listCounts(address, login).map(({ count, name }) => count.wait(name, now)));
      if (ms <= 0) return;
      const headers = { 'retry-after': `${Math.ceil(ms / 1000)}` };
      throw new Refused(429, 'Too many logins failed: wait', {}, headers);
    },
    fail: (address, login, now) => {
      for (const { count, name } of listCounts(address, login)) count.take(name, now);
    },
    succeed: (address, login) => addBounded(known, `${address} ${nameLogin(login)}`, true),
  };
}

/** A login may be as long as a request. */
const nameLogin = (login: string) => hash('sha256', login, 'base64');

function countTries({ tries, every }: Allowance) {
  /** until when the tries that were taken count, epoch ms */
  const taken = new Map<string, number>();
  return {
    /** ms until there is a try again */
    wait: (name: string, now: number) => Math.max(0, (taken.get(name) ?? 0) - now - (tries - 1) * every),
    take: (name: string, now: number) => addBounded(taken, name, Math.max(taken.get(name) ?? 0, now) + every),
  };
}

function addBounded<T>(names: Map<string, T>, name: string, value: T): void {
  names.delete(name);
  names.set(name, value);
  for (const oldest of names.keys()) {
    if (names.size <= REMEMBERED) return;
    names.delete(oldest);
  }
}
