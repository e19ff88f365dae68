// What the gateway's HTTP is made of: answers and refusals, bodies, addresses behind proxies, origins of browsers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { addressCheck } from '../../lib/receive/addresses.ts';

/** Every way to be refused, with the title of its answer. */
const titles = {
  400: 'The request cannot be read',
  401: 'No valid login',
  403: 'Not from there',
  404: 'No such path',
  405: 'Wrong method',
  413: 'The body is too large',
  426: 'This is a WebSocket',
  429: 'Too many failed logins',
  431: 'The header is too large',
  503: 'Not ready',
} as const;

export type Status = keyof typeof titles;

/** Never kept, never logged: only answered. */
export class Refused extends Error {
  readonly status: Status;
  readonly more: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param more of the answer beside status, title and detail */
  constructor(
    status: Status,
    detail: string,
    more: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'Refused';
    this.status = status;
    this.more = more;
    this.headers = headers;
  }
}

export const describeRefusal = ({ status, message, more }: Refused): object => ({
  status,
  title: titles[status],
  detail: message,
  ...more,
});

export function answer(response: ServerResponse, status: number, body: object, headers = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
    .end(JSON.stringify(body));
}

/** Refuses on a connection that has no response of Node's: one that wants to be a WebSocket, or speaks no HTTP. */
export function refuseRaw(socket: Duplex, refused: Refused): void {
  socket.on('error', () => undefined);
  socket.once('finish', () => socket.destroy());
  const body = JSON.stringify(describeRefusal(refused));
  const head = `HTTP/1.1 ${refused.status} ${titles[refused.status]}\r\ncontent-type: application/json`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** 16 KiB: what no login can reach. */
export const LARGEST = 16 * 1024;

/** A body of JSON, which must be an object. Throws Refused. */
export const readBody = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> =>
  parseObject(await readText(request, LARGEST));

/** A body of so many bytes at most. Throws Refused. */
export async function readText(request: IncomingMessage, largest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // To its end, though little is kept: a client that still sends doesn't read an answer.
  for await (const chunk of request) {
    if (size < largest) chunks.push(chunk);
    size += chunk.length;
  }
  if (size > largest) throw new Refused(413, `At most ${largest} bytes are taken`);
  return Buffer.concat(chunks).toString();
}

/** Throws Refused, without the parser's words: they quote the text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  if (!isObject(value)) throw new Refused(400, 'Send a JSON object');
  return value;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Addresses = {
  /** Who is at the other end: the last address that none of our own proxies has. @param forwarded X-Forwarded-For */
  readonly read: (peer: string | undefined, forwarded?: string | readonly string[]) => string;
  readonly isProxy: (address: string) => boolean;
};

/** @param proxies networks of load balancers, whose X-Forwarded-For is believed */
export function createAddresses(proxies: readonly string[]): Addresses {
  const isProxy = proxies.length === 0 ? () => false : addressCheck(proxies);
  const read = (peer: string | undefined, forwarded: string | readonly string[] = []): string => {
    const path = [forwarded].flat().flatMap((header) => header.split(',').map((word) => plain(word.trim())));
    let address = plain(peer ?? '');
    for (let next = path.pop(); next !== undefined && isProxy(address); next = path.pop()) address = next;
    return address;
  };
  return { read, isProxy };
}

/** Who counts as one: an IPv4 address, or the network of 64 bits that everybody with IPv6 has alone. */
export function readNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('%', 1).join('').split('::');
  const [first, last] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - (first?.length ?? 0) - (last?.length ?? 0))).fill('0');
  const words = [...(first ?? []), ...zeros, ...(last ?? [])];
  return `${words
    .slice(0, 4)
    .map((word) => Number.parseInt(word, 16).toString(16))
    .join(':')}::/64`;
}

/** An IPv4 address that came in over a socket of IPv6 is that address. */
const plain = (address: string) => address.replace(/^::ffff:(?=[\d.]+$)/, '');

/** May a browser's page of this origin be here? Whoever is no browser names none; the gateway's own may. */
export const createOriginCheck =
  (origins: readonly string[]) =>
  ({ headers: { origin, host } }: Pick<IncomingMessage, 'headers'>): boolean =>
    origin === undefined || origins.includes(origin) || isOwnOrigin(origin, host);

/** Of the same host and port. The scheme may differ: TLS ends at the load balancer. */
function isOwnOrigin(origin: string, host = ''): boolean {
  const own = `${origin.split(':', 1)[0]}://${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).host === new URL(own).host;
}
