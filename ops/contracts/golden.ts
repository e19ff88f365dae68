// Examples of what is published: the golden messages of the dialects, one of each kind.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeUpdate } from '../../lib/publish/dialects/axialys.ts';
import { root } from '../../local/settings.ts';

export type Golden = {
  /** the name of the message in the contract */
  readonly message: string;
  /** what it is an example of, among those of its message */
  readonly kind: string;
  /** the golden file */
  readonly file: string;
  readonly payload: unknown;
};

type Json = Readonly<Record<string, unknown>>;

/** What an entry of a golden file is, by dialect. */
const read: Readonly<Record<string, (entry: Json) => Omit<Golden, 'file'>>> = {
  enigma: ({ message = {}, entry = message }) => {
    const { type, payload } = Object(entry);
    return { message: type, kind: payload.end_reason ?? payload.status ?? '', payload: entry };
  },
  newfies: ({ message }) => {
    const [[name = '', fields] = []] = Object.entries(Object(message));
    return { message: name.replace(':', ''), kind: Object(fields).CC_Agent_Status ?? '', payload: message };
  },
  xuc: (frame) => ({
    message: String(frame['msgType']),
    kind: Object(frame['ctiMessage']).name,
    payload: frame,
  }),
  axialys: (entry) => {
    const { event, msg } = Object(entry);
    const payload = makeUpdate(Object(entry), { cpt: 1, at: AT, now: AT + 1_000 });
    return { message: 'update', kind: `${event} ${msg.status ?? ''}`, payload };
  },
};

const AT = 1_782_900_040_000;

/** All golden messages, those of the plainest names first. */
export const readGolden = (): Golden[] =>
  Object.entries(read).flatMap(([dialect, describe]) => {
    const folder = join(root, 'test/golden', dialect);
    const files = readdirSync(folder).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return files.flatMap((file) => {
      const entries: Json[] = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return entries.map((entry) => ({ ...describe(entry), file: `test/golden/${dialect}/${file}` }));
    });
  });

/** One example of each kind. */
export function pickExamples(golden: readonly Golden[], message: string): Golden[] {
  const kinds = new Map<string, Golden>();
  for (const each of golden)
    if (each.message === message && !kinds.has(each.kind)) kinds.set(each.kind, each);
  return [...kinds.values()];
}
