// A visitor of the console without a browser: what its page asks, and the events that it is sent.
import { get } from 'node:http';
import { buildPage } from '../../local/bundle.ts';

export const page = await buildPage();

type Asked = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };
export type Pushed = { readonly name: string; readonly data: Record<string, unknown> };

/** @param cookie of a login, or nothing */
export function visit(url: string, cookie = '') {
  const ask = async (path: string, body?: object, headers: Record<string, string> = {}): Promise<Asked> => {
    const response = await fetch(`${url}/console/api/${path}`, {
      headers: { cookie, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const answer: Record<string, unknown> = Object(await response.json());
    return { status: response.status, headers: response.headers, body: answer };
  };
  return { ask, listen: (query = '') => listen(`${url}/console/api/events${query}`, cookie) };
}

/** Logs in, and visits as that. */
export async function logIn(url: string, login: string, password: string) {
  const { headers } = await visit(url).ask('login', { login, password });
  return visit(url, headers.get('set-cookie')?.split(';', 1)[0]);
}

/** Takes server-sent events as they come. */
async function listen(url: string, cookie: string) {
  const pushed: Pushed[] = [];
  let rest = '';
  let ended = false;
  const request = get(url, { headers: { cookie } }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const name = /^event: (.*)$/m.exec(event)?.[1];
        const data = /^data: (.+)$/m.exec(event)?.[1];
        if (name !== undefined && data !== undefined) pushed.push({ name, data: JSON.parse(data) });
      }
    });
    response.on('close', () => {
      ended = true;
    });
  });
  request.on('error', () => {
    ended = true;
  });
  return {
    pushed,
    ended: () => ended,
    /** the newest of that name */
    last: (name: string) => pushed.findLast((event) => event.name === name)?.data,
    [Symbol.dispose]: () => {
      request.destroy();
    },
  };
}

/** A request with headers that fetch doesn't let anybody set. */
export const rawStatus = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
