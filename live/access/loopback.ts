// Programs of this machine, and nobody else: by address, and by the name under which a browser knows the gateway.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Can only programs on this machine reach what listens there? */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));

/** What a proxy adds: whoever is behind one is not on this machine. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

/**
 * Is the request of a program on this machine that means this machine? A page of anybody's can give its own name our
 * address (DNS rebinding): then the Host is that name.
 */
export function isFromHere({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  const peer = socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? '';
  const url = `http://${headers.host ?? ''}`;
  const name = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
  return isLoopback(peer) && isLoopback(name) && FORWARDED.every((header) => headers[header] === undefined);
}
