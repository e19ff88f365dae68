// Posts deliveries to the bridge, over connections that are kept open.
import { Agent, request } from 'node:http';

/** A hook as a system posts it. */
export type Delivery = {
  readonly path: string;
  /** by lower-case name; a list is sent as a header of its own for each value */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
};

export type Answer = {
  readonly status: number;
  /** of the event that was accepted */
  readonly id?: string;
  /** of the refused delivery in quarantine */
  readonly quarantined?: string;
};

export type Poster = {
  /** Posts it with a live token. Rejects when there is no answer. */
  readonly post: (delivery: Delivery) => Promise<Answer>;
  readonly close: () => void;
};

/** @param url of the bridge @param token a live one */
export function openPoster(url: string, token: string): Poster {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const post: Poster['post'] = ({ path, headers, body }) =>
    new Promise((resolve, reject) => {
      const sent = Object.entries(headers).map(([name, values]) => [name, [values].flat()] as const);
      // As bytes: headers that go out with a text are encoded as that text is.
      const bytes = Buffer.from(body);
      const options = {
        ...{ agent, hostname, port, path, method: 'POST' },
        headers: {
          ...Object.fromEntries(sent),
          'x-api-key': token,
          'content-length': bytes.length,
        },
      };
      const posting = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { id, quarantined } = JSON.parse(Buffer.concat(chunks).toString());
          resolve({ status: response.statusCode ?? 0, id, quarantined });
        });
      });
      posting.on('error', (error: NodeJS.ErrnoException) => {
        // The server had closed the idle connection, and has not read this.
        const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        if (posting.reusedSocket && isClosed) resolve(post({ path, headers, body }));
        else reject(error);
      });
      posting.end(bytes);
    });
  return { post, close: () => agent.destroy() };
}
