// A second lock beside the token: the networks that a hook may come from.
import { BlockList, isIP, isIPv6 } from 'node:net';

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Answers undefined for anything else. */
function parseNetwork(text: string): { address: string; prefix: number } | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return isIP(address) !== 0 && prefix <= bits && rest.length === 0 ? { address, prefix } : undefined;
}

export const isNetwork = (text: string): boolean => parseNetwork(text) !== undefined;

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** Is an address in one of the networks? Without networks, every address is. */
export function addressCheck(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true;
  const allowed = new BlockList();
  for (const network of networks) {
    const { address, prefix } = parseNetwork(network) ?? { address: '', prefix: 0 };
    allowed.addSubnet(address, prefix, family(address));
  }
  return (address) => isIP(address) !== 0 && allowed.check(address, family(address));
}
