// What the page is sent as it happens: server-sent events, to each visitor what it may see and has not seen yet.
import type { ServerResponse } from 'node:http';
import { log } from '../../lib/log.ts';
import type { Account } from '../access/accounts.ts';
import { LISTED, type Newest } from './deliveries.ts';
import type { Desk } from './desk.ts';
import { safeHeaders } from './page.ts';
import type { Delivery, Pushed, RefusedNews, Wall } from './schema.ts';

/** Between two looks for news, ms. */
const TICK = 500;
/** The page takes a connection for lost on which nothing came for three times as long. */
const PING = 5_000;
/** So many bytes a second of walls for a visitor: a large one is sent less often. */
const RATE = 50_000;
/** A visitor for which more waits is too slow: its page connects again. */
const UNSENT = 4 * 1024 * 1024;

type Client = {
  readonly response: ServerResponse;
  readonly account: Account;
  readonly reveal: boolean;
  /** false when the session has ended */
  readonly stays: () => boolean;
  /** how many deliveries there were when it was sent the last */
  count: number;
  wall: string;
  /** not before then is it sent the next wall */
  due: number;
  refused: RefusedNews | undefined;
  pinged: number;
};

export type Feed = {
  /** @param stays asked again and again: false ends it */
  readonly add: (response: ServerResponse, account: Account, reveal: boolean, stays: Client['stays']) => void;
  readonly stop: () => void;
};

/** @param describe the wall of an account, now */
export function startFeed(
  newest: Newest<Delivery>,
  describe: (account: Account, reveal: boolean) => Wall,
  desk: Desk | undefined,
): Feed {
  const clients = new Set<Client>();
  let refused: RefusedNews | undefined;
  let unwatch: (() => void) | undefined;
  const isAdmin = ({ account }: Client) => account.permissions.profile === 'Admin';

  const watch = (): void => {
    const wanted = [...clients].some(isAdmin);
    if (wanted && unwatch === undefined)
      unwatch = desk?.watch((news) => {
        refused = news;
        tick();
      });
    if (wanted || unwatch === undefined) return;
    unwatch();
    unwatch = undefined;
    refused = undefined;
  };

  const remove = (client: Client): void => {
    if (!clients.delete(client)) return;
    client.response.destroy();
    watch();
  };

  const send = <Name extends keyof Pushed>(client: Client, name: Name, data: Pushed[Name]): void => {
    client.response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (client.response.writableLength <= UNSENT) return;
    log('warn', 'client dropped: too slow', { protocol: 'console', clients: clients.size - 1 });
    remove(client);
  };

  const sendDeliveries = (client: Client): void => {
    const fresh = newest.count() - client.count;
    if (fresh === 0) return;
    // A gap is shown as one: the page begins its list anew.
    const complete = fresh <= LISTED && client.count > 0;
    client.count = newest.count();
    send(client, 'deliveries', { deliveries: newest.list().slice(0, fresh), complete });
  };

  const tick = (): void => {
    // Also for nobody: what waits to be described holds whole events.
    newest.list();
    const walls = new Map<string, { readonly wall: Wall; readonly text: string }>();
    for (const client of clients) {
      const { account, reveal, stays } = client;
      if (!stays()) {
        remove(client);
        continue;
      }
      const key = JSON.stringify([account.login, reveal]);
      const known = walls.get(key) ?? prepareWall(describe(account, reveal));
      walls.set(key, known);
      if (known.text !== client.wall && performance.now() >= client.due) {
        client.due = performance.now() + (1000 * known.text.length) / RATE;
        client.wall = known.text;
        send(client, 'wall', known.wall);
      }
      if (isAdmin(client)) {
        sendDeliveries(client);
        if (refused !== undefined && refused !== client.refused) {
          client.refused = refused;
          send(client, 'refused', refused);
        }
      }
      if (performance.now() - client.pinged < PING) continue;
      client.pinged = performance.now();
      client.response.write('event: ping\ndata: \n\n');
    }
  };
  const timer = setInterval(tick, TICK);

  return {
    add: (response, account, reveal, stays) => {
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...safeHeaders };
      response.writeHead(200, headers);
      // Begins at once: a browser tells its page so.
      response.write('retry: 1000\n\n');
      const shown = { count: 0, wall: '', due: 0, refused: undefined, pinged: 0 };
      const client: Client = { response, account, reveal, stays, ...shown };
      clients.add(client);
      response.once('close', () => remove(client));
      watch();
      tick();
    },
    stop: () => {
      clearInterval(timer);
      for (const { response } of clients) response.end();
      clients.clear();
      watch();
    },
  };
}

/** Time alone is no change: the page counts on by itself. */
const prepareWall = (wall: Wall) => ({ wall, text: JSON.stringify({ ...wall, at: 0 }) });
