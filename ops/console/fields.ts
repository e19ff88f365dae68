// A refused body field by field, each beside what is wrong with it.

import { eventNames, knownFields } from '../../lib/event.ts';
import { isRecord } from '../../lib/field.ts';
import { bounded } from '../../lib/printable.ts';
import { readBody } from '../../lib/receive/body.ts';
import { readPath, sources } from '../../lib/receive/sources/index.ts';
import { isHarmless } from '../../live/console/mask.ts';
import type { RefusedDelivery, RefusedRow } from '../../live/console/schema.ts';
import { masked } from '../mask.ts';
import type { Kept } from '../quarantine.ts';

/** What may be seen of a body: the names of fields, and what the events are called. */
const known: ReadonlySet<string> = new Set([
  ...knownFields('agent_status'),
  ...eventNames,
  ...['event', 'state', 'call', 'chat', 'task', 'data', 'type', 'id', 'source', 'specversion'],
]);
const pathWords: ReadonlySet<string> = new Set([...known, 'hooks', ...Object.keys(sources)]);
const LONGEST = 100;

const decode = ({ body }: Kept) => Buffer.from(body, 'base64');

/** The fields of the body; null when it can't be read as such. Those of a CloudEvent are in its data. */
export function readFields(kept: Kept): Readonly<Record<string, unknown>> | null {
  try {
    const body = readBody(decode(kept));
    const data = body['data'];
    return readPath(kept.path)?.source === 'cloudevents' && isRecord(data) ? data : body;
  } catch {
    return null;
  }
}

const write = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** A row of the list: no personal data. */
export function describeRow(kept: Kept): RefusedRow {
  const fields = readFields(kept) ?? {};
  const segment = readPath(kept.path)?.segment;
  const read = (name: string, pattern: RegExp): string | null => {
    const value = write(fields[name]);
    return value !== undefined && pattern.test(value) ? value : null;
  };
  const id = /^-?\d{1,20}$/;
  return {
    id: kept.id,
    received_at: kept.received_at,
    status: kept.status,
    path: bounded(masked(kept.path, pathWords), LONGEST),
    detail: kept.detail,
    problems: [...kept.problems],
    event: segment ?? read('event', /^\w{1,20}$/) ?? read('state', /^\w{1,20}$/),
    queue: read('queue_id', id),
    attempt: read('attempt_id', id),
    agent: read('agent_extension', id) ?? read('agent_id', id),
  };
}

/** @param reveal with its personal data? */
export function describeRefused(kept: Kept, reveal: boolean): RefusedDelivery {
  const fields = readFields(kept);
  const body = decode(kept).toString();
  const row = describeRow(kept);
  return {
    ...row,
    fields: fields === null ? null : listFields(fields, row, reveal),
    body: reveal ? body : masked(body, known),
    revealed: reveal,
  };
}

function listFields(fields: Readonly<Record<string, unknown>>, { problems }: RefusedRow, reveal: boolean) {
  const nameOf = (path: string) => path.replace(/^data\./, '').split('.')[0] ?? '';
  const wrong = [...new Set(problems.map(({ path }) => nameOf(path)).filter((name) => name !== ''))];
  const names = [...wrong, ...Object.keys(fields).filter((name) => !wrong.includes(name))];
  return names.map((name) => {
    const value = write(fields[name]);
    const shown = reveal || isHarmless(name) ? value : value?.replace(/[\p{L}\p{N}]/gu, '•');
    return {
      name: bounded(name, LONGEST),
      value: shown ?? null,
      problems: problems.filter(({ path }) => nameOf(path) === name).map(({ message }) => message),
    };
  });
}
