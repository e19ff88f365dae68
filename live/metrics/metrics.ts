// GET /metrics: figures without personal data, for Prometheus and whatever else reads OpenMetrics.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { log } from '../../lib/log.ts';
import { tokenCheck } from '../../lib/receive/tokens.ts';
import { answer, describeRefusal, Refused } from '../access/http.ts';
import type { Lengths, ListLengths } from '../stream/lengths.ts';
import type { Figures } from './figures.ts';
import { CONTENT_TYPE, type Family, type Sample, writeOpenMetrics } from './openmetrics.ts';

export type Watched = {
  readonly figures: Figures;
  /** connected and logged in, by protocol */
  readonly clients: () => Readonly<Record<string, number>>;
  /** is the stream read now? */
  readonly reading: () => boolean;
  readonly lengths: () => Promise<Lengths>;
  /** of LIVE_METRICS_TOKEN; without, only programs of this machine are answered */
  readonly token: string | undefined;
};

export type ServeMetrics = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const createMetrics = (watched: Watched): ServeMetrics => {
  const mayRead = createReaderCheck(watched.token);
  return async (request, response) => {
    try {
      if (request.method !== 'GET')
        throw new Refused(405, 'Only GET is understood here', {}, { allow: 'GET' });
      mayRead(request);
      const text = writeOpenMetrics(listFamilies(watched, await watched.lengths()));
      response.writeHead(200, { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' }).end(text);
    } catch (error) {
      if (error instanceof Refused)
        return answer(response, error.status, describeRefusal(error), error.headers);
      log('error', 'live gateway failed to answer', { error });
      answer(response, 500, { status: 500, title: 'Internal error', detail: 'See the log' });
    }
  };
};

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** Throws Refused. Whoever comes through a proxy is not of this machine, though the proxy may be. */
function createReaderCheck(token: string | undefined): (request: IncomingMessage) => void {
  const isLive = token === undefined ? undefined : tokenCheck([token]);
  return ({ socket, headers }) => {
    if (isLive !== undefined) {
      const { authorization = '', 'x-api-key': key = '' } = headers;
      if (isLive({ authorization, 'x-api-key': `${key}` })) return;
      throw new Refused(401, 'Send Authorization: Bearer with LIVE_METRICS_TOKEN');
    }
    const forwarded = headers['x-forwarded-for'] ?? headers['forwarded'] ?? headers['via'];
    if (forwarded !== undefined || !LOOPBACK.test(socket.remoteAddress ?? ''))
      throw new Refused(403, 'Set LIVE_METRICS_TOKEN, and send it: other machines need it');
  };
}

function listFamilies({ figures, clients, reading }: Watched, { stream, lists }: Lengths): Family[] {
  return [
    ...figures.list(),
    gauge('hookline_stream_reading', 'Is the live stream read now: 1 or 0.', [{ value: reading() ? 1 : 0 }]),
    gauge('hookline_stream_entries', 'Entries of the live stream.', seen({}, stream)),
    gauge(
      'hookline_list_entries',
      'Entries of a CDR list: waiting, in the hands of workers, or given up as dead.',
      lists.flatMap(({ list, waiting, processing, dead }) => [
        ...seen({ list, where: 'waiting' }, waiting),
        ...seen({ list, where: 'processing' }, processing),
        ...seen({ list, where: 'dead' }, dead),
      ]),
    ),
    gauge(
      'hookline_workers',
      'Workers of a CDR list: with a lease, or whose lease ended while they hold entries.',
      lists.flatMap(({ list, alive, lost }: ListLengths) => [
        ...seen({ list, state: 'alive' }, alive),
        ...seen({ list, state: 'lost' }, lost),
      ]),
    ),
    gauge(
      'hookline_clients',
      'Clients of the gateway that are logged in.',
      Object.entries(clients()).map(([protocol, value]) => ({ labels: { protocol }, value })),
    ),
  ];
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, samples },
  type: 'gauge',
});

const seen = (labels: Readonly<Record<string, string>>, value: number | undefined): Sample[] =>
  value === undefined ? [] : [{ labels, value }];
