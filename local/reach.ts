// Who can reach what listens here: the address that is bound, the URL to use it by, and what that asks of a secret.
import { isIP, isIPv6 } from 'node:net';

/** Does it stand for all addresses of the machine? */
export const isWildcard = (host: string): boolean => isIP(host) !== 0 && /^[0.:]+$/.test(host);

/** An address or a name; a zone can't be written in a URL. */
export const isHost = (text: string): boolean =>
  text.includes(':') ? isIPv6(text) && !text.includes('%') : /^[\w-]+(?:\.[\w-]+)*$/.test(text);

/** A URL that works on this machine, also when `host` stands for all addresses. */
export function formatUrl(host: string, port: number): string {
  if (isWildcard(host)) return formatUrl(isIPv6(host) ? '::1' : '127.0.0.1', port);
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Why a server can't listen, with the remedy.
 * @param names the variables that hold its address and its port
 */
export function listenError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
  names: { readonly host: string; readonly port: string },
): Error {
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is taken: stop what listens there, or set ${names.port}`,
    EADDRNOTAVAIL: `${names.host} ${host} is no address of this machine: "ip address" lists them; 0.0.0.0 is all of IPv4`,
    EAFNOSUPPORT: `${names.host} ${host} can't be used, as this machine has no IPv6: set an address of IPv4`,
    ENOTFOUND: `${names.host} ${host} is a name that nobody knows: set an address of this machine`,
    EAI_AGAIN: `${names.host} ${host} is a name that can't be looked up now: set an address of this machine`,
    EACCES: `Port ${port} is kept for root: set ${names.port} to 1024 or more, with a reverse proxy before it (docs/self-hosting.md)`,
  };
  const message = remedies[error.code ?? ''];
  return message === undefined
    ? error
    : Object.assign(new Error(message, { cause: error }), { code: error.code });
}
