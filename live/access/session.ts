// A session is a signed text that its holder keeps: any copy of the gateway accepts it, and none remembers it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Account, Accounts } from './accounts.ts';

export type Kind = 'axialys' | 'xuc' | 'console';

/** Whose it is; `expired` when it was good once; undefined when it never was. */
type Opened = Account | 'expired' | undefined;

export type Sessions = {
  /** @param expires epoch ms @param address the only one that it is good from; without, any */
  readonly issue: (kind: Kind, account: Account, expires: number, address?: string) => string;
  /** @param now epoch ms */
  readonly open: (kind: Kind, token: unknown, now: number, address?: string) => Opened;
};

/** @param secret what they are signed with @param tenant the only one that they are good for */
export function createSessions(secret: string, tenant: string, accounts: Accounts): Sessions {
  const sign = (body: string, stamp: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([tenant, stamp, body]))
      .digest();
  return {
    issue: (kind, { login, stamp }, expires, address = '') => {
      const body = Buffer.from(JSON.stringify([kind, login, expires, address])).toString('base64url');
      return `${body}.${sign(body, stamp).toString('base64url')}`;
    },
    open: (kind, token, now, address = '') => {
      const [body = '', signature = '', ...rest] = typeof token === 'string' ? token.split('.') : [];
      const [of, login, expires, from] = readClaim(body);
      const account = typeof login === 'string' ? accounts.find(login) : undefined;
      const given = Buffer.from(signature, 'base64url');
      const good = sign(body, account?.stamp ?? '');
      if (given.length !== good.length || !timingSafeEqual(given, good)) return undefined;
      if (account === undefined || of !== kind || from !== address || rest.length > 0) return undefined;
      return typeof expires === 'number' && now < expires ? account : 'expired';
    },
  };
}

function readClaim(body: string): unknown[] {
  try {
    const claim: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    return Array.isArray(claim) ? claim : [];
  } catch {
    return [];
  }
}
