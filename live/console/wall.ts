// The wall of one account at a moment: its queues and agents, and nothing that names a person unless that is asked for.
import type { QueueEvent } from '../../lib/event.ts';
import { speak } from '../../lib/publish/dialects/dialect.ts';
import { dialects } from '../../lib/publish/dialects/index.ts';
import type { Permissions } from '../access/accounts.ts';
import type { Agent, TeamStatus } from '../state/agents.ts';
import { readState } from '../state/agents.ts';
import type { Attempt } from '../state/attempts.ts';
import type { Snapshot } from '../state/reducer.ts';
import { LONGEST_WAIT } from '../state/statistics.ts';
import {
  type Figures,
  findStage,
  listMinutes,
  MINUTE,
  type QueueFigures,
  type Stage,
  startDay,
} from '../state/wall.ts';
import { short } from './deliveries.ts';
import { maskText } from './mask.ts';
import type { Cdr, Inbound, Outbound, Wall, Agent as WallAgent } from './schema.ts';

/** A step of the day's chart, in minutes. */
const STEP = 5;

export type View = {
  readonly snapshot: Snapshot;
  readonly figures: Figures;
  /** those that made a CDR, newest first */
  readonly cdrs: readonly KeptCdr[];
  readonly reading: boolean;
  /** are the sums of the newest event's day those of an earlier day than now? */
  readonly over: boolean;
};

/** @param now epoch ms @param reveal with names and numbers? */
export function describeWall(view: View, permissions: Permissions, now: number, reveal: boolean): Wall {
  const { figures } = view;
  // No event began the new day yet: nothing entered.
  const snapshot = view.over ? { ...view.snapshot, queues: new Map() } : view.snapshot;
  const queues = [...figures.queues.values()]
    .filter(({ id }) => permissions.seesQueue(id))
    .map((queue) => (view.over ? { ...queue, ...startDay() } : queue))
    .sort((one, other) => collate(one.name ?? one.id, other.name ?? other.id));
  const rows = queues.map((queue) => ({ queue, ...countStages(queue, snapshot, now) }));
  return {
    at: now,
    reading: view.reading,
    newest: figures.newest() ?? null,
    inbound: rows.filter((row) => !isOutbound(row.queue)).map((row) => describeInbound(row, snapshot)),
    outbound: rows.filter((row) => isOutbound(row.queue)).map((row) => describeOutbound(row, snapshot)),
    agents: [...snapshot.agents.values()]
      .filter(({ id }) => permissions.seesAgent(id))
      .map((agent) => describeAgent(agent, reveal)),
    cdrs: view.cdrs
      .filter(({ queue }) => permissions.seesQueue(queue))
      .map((kept) => showCdr(kept, permissions, reveal)),
    day: describeDay(rows, (view.over ? undefined : figures.day()) ?? now, now),
  };
}

const { compare: collate } = new Intl.Collator('en', { numeric: true });

type Row = {
  readonly queue: QueueFigures;
  readonly stages: Readonly<Record<Stage, number>>;
  /** since when each call waits that entered and was not answered, epoch ms */
  readonly waiting: readonly number[];
};

/** Open calls by how far they are. A call whose end never came is open no longer than any real wait. */
function countStages(queue: QueueFigures, { attempts }: Snapshot, now: number): Omit<Row, 'queue'> {
  const stages = { waiting: 0, ringing: 0, talking: 0, wrapup: 0 };
  const waiting: number[] = [];
  for (const [attempt, call] of queue.open) {
    if (attempts.get(attempt.key) !== attempt) continue;
    const stage = findStage(attempt, call);
    const unanswered = attempt.bridged === undefined;
    if (unanswered && attempt.since < now - LONGEST_WAIT) continue;
    stages[stage]++;
    if (unanswered && attempt.joined !== undefined) waiting.push(attempt.since);
  }
  return { stages, waiting };
}

/** Is it a queue that dials? As the settings have it; else, as in a CDR, one whose calls have members. */
const isOutbound = ({ direction, dials }: QueueFigures): boolean =>
  direction === undefined ? dials : direction === 'outbound';

const rate = (part: number, all: number): number | null => (all === 0 ? null : part / all);

function describeInbound({ queue, stages, waiting }: Row, { queues }: Snapshot): Inbound {
  const { entered = 0, answered = 0, abandoned = 0 } = queues.get(queue.id) ?? {};
  return {
    id: queue.id,
    name: short(queue.name),
    ...stages,
    longestSince: waiting.length === 0 ? null : Math.min(...waiting),
    entered,
    answered,
    abandoned,
    inTime: rate(queue.inTime, entered),
    abandonRate: rate(abandoned, entered),
    asa: queue.answered === 0 ? null : queue.waited / queue.answered / 1000,
  };
}

function describeOutbound({ queue, stages }: Row, { queues }: Snapshot): Outbound {
  const { entered = 0, answered = 0 } = queues.get(queue.id) ?? {};
  const calls = queue.dialled + entered;
  const connected = queue.connected + answered;
  return {
    id: queue.id,
    name: short(queue.name),
    ringing: stages.waiting + stages.ringing,
    talking: stages.talking,
    wrapup: stages.wrapup,
    calls,
    connected,
    connectRate: rate(connected, calls),
  };
}

const byEvent = {
  offering: 'ringing',
  active: 'ringing',
  answered: 'ringing',
  bridged: 'talking',
  processing: 'wrapup',
} as const;

const byActivity = {
  ready: 'ready',
  paused: 'paused',
  out: 'out',
  busy: 'unknown',
  wrapup: 'wrapup',
} as const;

function describeAgent(agent: Agent, reveal: boolean): WallAgent {
  const { id, extension, name, team } = agent;
  return {
    id,
    extension: short(extension),
    name: maskText(short(name) ?? undefined, reveal),
    ...describeState(agent, team),
  };
}

function describeState(
  agent: Agent,
  team: TeamStatus | undefined,
): Pick<WallAgent, 'state' | 'cause' | 'since'> {
  const { event } = readState(agent);
  const since = agent.releasedAt ?? agent.at;
  const released = agent.releasedAt !== undefined || event === 'agent_status';
  if (!released && event in byEvent)
    return { state: byEvent[event as keyof typeof byEvent], cause: null, since: agent.at };
  if (team === undefined) return { state: 'unknown', cause: null, since };
  return {
    state: byActivity[team.activity],
    cause: team.activity === 'paused' ? short(team.cause) : null,
    since: Math.max(since, team.at),
  };
}

/** A CDR that was made, with what decides on who sees it; its number is bare. */
export type KeptCdr = {
  readonly cdr: Cdr;
  readonly queue: string | undefined;
  readonly agent: string | undefined;
};

const places = { base: '', agentTypes: [], cdrLists: ['list'], NEWFIES_CHANNEL: '' };

/**
 * The CDR that an event makes, if it makes one: its figures are those of the dialect. How long the call was, the earlier
 * hooks know where the event doesn't.
 */
export function readCdr(event: QueueEvent, attempt: Attempt | undefined): KeptCdr | undefined {
  const entry = speak(dialects.enigma.dialect, event, places).find(({ kind }) => kind === 'cdr');
  if (entry === undefined) return undefined;
  const { call_time, end_reason } = JSON.parse(entry.message).payload;
  const cdr = {
    id: event.id,
    at: event.received_at,
    queue: short(event.queue_name ?? event.queue_id),
    attempt: short(event.attempt_id) ?? '',
    agent: short(event.agent_extension),
    number: short(event.destination),
    seconds: typeof call_time === 'number' ? call_time : countSeconds(attempt),
    result: String(end_reason),
  };
  return { cdr, queue: event.queue_id, agent: event.agent_id };
}

const countSeconds = ({ bridged, left }: Partial<Attempt> = {}): number | null =>
  bridged === undefined || left === undefined ? null : Math.max(0, Math.floor((left - bridged) / 1000));

const showCdr = ({ cdr, agent }: KeptCdr, permissions: Permissions, reveal: boolean): Cdr => ({
  ...cdr,
  agent: permissions.seesAgent(agent) ? cdr.agent : null,
  number: maskText(cdr.number ?? undefined, reveal),
});

/** The first minute of a day in the time zone of the process. */
const findMidnight = (now: number): number => Math.floor(new Date(now).setHours(0, 0, 0, 0) / MINUTE);

/** Sums over queues, in steps of so many minutes. */
function describeDay(rows: readonly Row[], begun: number, now: number): Wall['day'] {
  // The first event of the day may tell of one before it.
  const known = rows.flatMap(({ queue, waiting }) => [
    ...queue.minutes.keys(),
    ...waiting.map((since) => Math.floor(since / MINUTE)),
  ]);
  const earliest = known.reduce((least, minute) => Math.min(least, minute), Math.floor(begun / MINUTE));
  const first = Math.floor(Math.max(earliest, findMidnight(now)) / STEP) * STEP;
  const count = Math.max(1, Math.floor((Math.floor(now / MINUTE) - first) / STEP) + 1);
  const length = Math.min(count, (24 * 60) / STEP);
  const minutes = new Map<number, number>();
  const sums = Array.from({ length }, () => ({ answered: 0, waited: 0 }));
  const add = (minute: number, calls: number) => minutes.set(minute, (minutes.get(minute) ?? 0) + calls);
  for (const { queue, waiting } of rows) {
    for (const [minute, { waiting: calls, answered, waited }] of queue.minutes) {
      add(minute, calls);
      const sum = sums[Math.floor((minute - first) / STEP)];
      if (sum === undefined) continue;
      sum.answered += answered;
      sum.waited += waited;
    }
    for (const since of waiting) for (const minute of listMinutes(since, now)) add(minute, 1);
  }
  return {
    from: first * MINUTE,
    step: STEP * MINUTE,
    waiting: sums.map((_, index) =>
      Math.max(
        ...Array.from({ length: STEP }, (__, minute) => minutes.get(first + index * STEP + minute) ?? 0),
      ),
    ),
    answer: sums.map(({ answered, waited }) =>
      answered === 0 ? null : Math.round(waited / answered / 100) / 10,
    ),
  };
}
