// Who is at the console: a session in a cookie of one gateway, or on this machine nobody but its user.
import type { IncomingMessage } from 'node:http';
import { type Account, readLogin } from '../access/accounts.ts';
import { createOriginCheck, Refused, readBody } from '../access/http.ts';
import { isFromHere } from '../access/loopback.ts';
import type { Context } from '../context.ts';

/** A working day, and some more. */
const SESSION = 12 * 3_600_000;

export type Visitor = {
  readonly account: Account;
  /** came in without a password */
  readonly open: boolean;
};

export type Visitors = {
  /** Throws Refused for a request that no page of ours sends. */
  readonly check: (request: IncomingMessage) => void;
  /** Undefined: nobody logged in, or the session has ended. */
  readonly find: (request: IncomingMessage) => Visitor | undefined;
  /** The cookie of a new session. Throws Refused. */
  readonly login: (request: IncomingMessage) => Promise<string>;
  /** The cookie of whoever is in goes on: a session ends so long after its page was closed. */
  readonly renew: (request: IncomingMessage, visitor: Visitor) => string | undefined;
  /** The cookie that ends it. */
  readonly logout: (request: IncomingMessage) => string;
};

/**
 * @param tenant names the cookie: browsers send it to every port of a machine
 * @param openLogin of whoever comes from this machine without a password
 */
export function createVisitors(context: Context, tenant: string, openLogin: string | undefined): Visitors {
  const { sessions, now, addresses, connections, accounts } = context;
  const name = `hookline-${tenant}`;
  const isOwnOrigin = createOriginCheck([]);
  const opened = openLogin === undefined ? undefined : accounts.find(openLogin);

  const writeCookie = ({ headers, socket }: IncomingMessage, value: string, seconds: number): string => {
    const secure = addresses.isProxy(socket.remoteAddress ?? '') && headers['x-forwarded-proto'] === 'https';
    return `${name}=${value}; Path=/console/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
  };

  const issue = (request: IncomingMessage, account: Account): string =>
    writeCookie(request, sessions.issue('console', account, now() + SESSION), SESSION / 1000);

  return {
    check: (request) => {
      const { headers, method } = request;
      const site = headers['sec-fetch-site'];
      if (!isOwnOrigin(request) || (site !== undefined && site !== 'same-origin' && site !== 'none'))
        throw new Refused(403, 'The console answers its own page alone');
      if (method === 'POST' && headers['content-type']?.split(';', 1)[0] !== 'application/json')
        throw new Refused(400, 'Send application/json');
    },
    find: (request) => {
      const account = sessions.open('console', readCookie(request, name), now());
      if (account !== undefined && account !== 'expired') return { account, open: false };
      return opened !== undefined && isFromHere(request) ? { account: opened, open: true } : undefined;
    },
    login: async (request) => {
      const address = addresses.read(request.socket.remoteAddress, request.headers['x-forwarded-for']);
      const account = readLogin(context, await readBody(request), address, now());
      connections.trust(request.socket);
      return issue(request, account);
    },
    renew: (request, { account, open }) => (open ? undefined : issue(request, account)),
    logout: (request) => writeCookie(request, '', 0),
  };
}

function readCookie({ headers: { cookie = '' } }: IncomingMessage, name: string): string | undefined {
  const own = cookie.split(';').find((each) => each.trim().startsWith(`${name}=`));
  return own?.trim().slice(name.length + 1);
}
