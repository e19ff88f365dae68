// What is counted: events as the gateway reads them, and what functions on the same machine report.
import { eventNames } from '../../lib/event.ts';
import { isObject, parseJson } from '../access/http.ts';
import type { Entry } from '../stream/reader.ts';
import type { Family, Sample } from './openmetrics.ts';
import type { QueueLengths, Reported } from './reported.ts';

/** Seconds from the door to Redis. */
const AGES = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** A status that the door can answer; any other is `other`, so that a label has few values. */
const REASONS = new Set([400, 401, 403, 404, 405, 413, 422, 503]);

/** Figures of the functions that are counted, and what each is called. */
const counted = {
  accepted: ['hookline_hooks_accepted', 'Hooks that were answered 202.'],
  quarantined: ['hookline_hooks_quarantined', 'Refused hooks that were put into quarantine.'],
  lost: ['hookline_hooks_lost', 'Hooks that SQS did not take for 8 seconds: nobody sends them again.'],
  failed: ['hookline_door_errors', 'Requests at which the webhook failed: hooks that are lost.'],
  cdrs: ['hookline_cdrs_pushed', 'CDRs pushed, once for each list.'],
  suppressed: ['hookline_messages_suppressed', 'Messages not published because they were before.'],
  given_back: ['hookline_events_given_back', 'Events that Redis did not take; they come again.'],
  incomplete: ['hookline_calls_incomplete', 'Calls that never left, and were given up.'],
  sweep_failed: [
    'hookline_sweeps_failed',
    'Sweeps of calls that never leave which failed; the next is a minute later.',
  ],
  forgotten: ['hookline_calls_forgotten', 'Batches of which a call could not be remembered.'],
} as const;

export type Figures = ReturnType<typeof createFigures>;

export function createFigures() {
  const published = new Map<string, number>();
  const ages = { counts: AGES.map(() => 0), all: 0, sum: 0 };
  const sums = new Map<string, number>();
  const refused = new Map<string, number>();
  let late = 0;
  let newest: number | undefined;
  let queues: QueueLengths = {};

  /** Counts an entry of the stream. Its id begins with the time at which it was published, ms. */
  function note({ id, text = '' }: Entry): void {
    const at = Number(id.split('-', 1)[0]);
    newest = Math.max(newest ?? 0, at);
    const message = parseJson(text);
    const { type, payload } = isObject(message) ? message : {};
    const name = eventNames.find((each) => each === type) ?? 'other';
    published.set(name, (published.get(name) ?? 0) + 1);
    const { late: isLate, received_at } = isObject(payload) ? payload : {};
    if (isLate === true) late++;
    if (typeof received_at === 'number') observe(Math.max(0, at - received_at) / 1_000);
  }

  function observe(seconds: number): void {
    ages.all++;
    ages.sum += seconds;
    for (const [index, atMost] of AGES.entries())
      if (seconds <= atMost) ages.counts[index] = (ages.counts[index] ?? 0) + 1;
  }

  return {
    note,
    /** Where the stream was before: the age of the newest event is known from the start. */
    noteNewest: ({ id }: Entry) => {
      newest = Math.max(newest ?? 0, Number(id.split('-', 1)[0]));
    },
    report: ({ figures, status }: Reported) => {
      for (const [name, value] of Object.entries(figures)) {
        if (typeof value !== 'number') continue;
        if (name === 'refused') {
          const reason = status !== undefined && REASONS.has(status) ? `${status}` : 'other';
          refused.set(reason, (refused.get(reason) ?? 0) + value);
        } else sums.set(name, (sums.get(name) ?? 0) + value);
      }
    },
    reportQueues: (lengths: QueueLengths) => {
      queues = lengths;
    },
    list: (): Family[] => [
      {
        ...{ name: 'hookline_events_published', type: 'counter' },
        help: 'Events in the live stream, since the gateway had read what was there at its start.',
        samples: [...eventNames, 'other'].flatMap((event) =>
          event === 'other' && !published.has(event)
            ? []
            : { labels: { event }, value: published.get(event) ?? 0 },
        ),
      },
      {
        ...{ name: 'hookline_events_late', type: 'counter' },
        help: 'Events published later than NOTIFY_TTL: agents were not notified.',
        samples: [{ value: late }],
      },
      {
        ...{ name: 'hookline_event_age_seconds', type: 'histogram' },
        help: 'From the door to Redis, by the clocks of both.',
        histogram: {
          buckets: [
            ...AGES.map((atMost, index) => [atMost, ages.counts[index] ?? 0] as const),
            [Number.POSITIVE_INFINITY, ages.all],
          ],
          sum: ages.sum,
        },
      },
      {
        ...{ name: 'hookline_newest_event_timestamp_seconds', type: 'gauge' },
        help: 'When the newest event of the stream was published: time() less this is its age.',
        samples: newest === undefined ? [] : [{ value: newest / 1_000 }],
      },
      ...listReported(),
    ],
  };

  /** Nothing where no function runs on this machine: what is not known is not zero. */
  function listReported(): Family[] {
    if (Object.keys(queues).length === 0 && sums.size === 0 && refused.size === 0) return [];
    const counters: Family[] = Object.entries(counted).map(([figure, [name, help]]) => ({
      ...{ name, help, type: 'counter' },
      samples: [{ value: sums.get(figure) ?? 0 }],
    }));
    const reasons: Sample[] = [...REASONS, 'other'].map((reason) => ({
      labels: { reason: `${reason}` },
      value: refused.get(`${reason}`) ?? 0,
    }));
    return [
      ...counters,
      {
        ...{ name: 'hookline_hooks_refused', type: 'counter' },
        help: 'Requests that the door refused, by the status of its answer.',
        samples: reasons,
      },
      {
        ...{ name: 'hookline_queue_messages', type: 'gauge' },
        help: 'Messages in a queue, those in flight included.',
        samples: Object.entries(queues).map(([queue, value]) => ({ labels: { queue }, value })),
      },
    ];
  }
}
