// The names of what Hookline keeps in Redis beside the lists, and their slots in a cluster.
import { isInt64 } from '../field.ts';
import { digest } from '../identity.ts';

/** The part of a key that decides on its slot in a cluster: what stands in its braces, else all of it. */
export const findTag = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** What the markers of a list begin with: in the list's slot, and its own even where lists share a tag. */
export const nameMarkers = (list: string, kind: 'seen' | 'incomplete' = 'seen'): string =>
  `${list.includes('{') ? list : `{${list}}`}:${kind}`;

/** Neighbours share a set: the most integers that Redis keeps packed (set-max-intset-entries). Below 2^15 each takes 2 bytes. */
const BUCKET = 512n;

/**
 * Where the marker of a delivered CDR is: a set, and the member of it. Integers grow, so neighbours share a set, which
 * keeps what they differ in; any other identifier has a set of its own.
 * @param scope of the attempt: the tenant, and the source unless it is Webitel
 * @param kind of markers, unless they are those of CDRs
 */
export function nameMarker(
  list: string,
  scope: readonly string[],
  attemptId: string,
  kind?: 'incomplete',
): { readonly key: string; readonly member: string } {
  const [tenant = '', source] = scope;
  const owner = [nameMarkers(list, kind), tenant, ...(source === undefined ? [] : [digest([source])])].join(
    ':',
  );
  if (!isInt64(attemptId)) return { key: `${owner}:id:${digest([attemptId])}`, member: '0' };
  const id = BigInt(attemptId);
  const member = BigInt.asUintN(64, id) % BUCKET;
  return { key: `${owner}:${(id - member) / BUCKET}`, member: `${member}` };
}

/** The tag of everything but the further lists and their markers: that of the first list. */
export const findHome = (cdrLists: readonly string[]): string => findTag(cdrLists[0] ?? '');

/** The live stream: each entry's field `event` is a lifecycle message. */
export const nameLiveStream = (cdrLists: readonly string[]): string => `{${findHome(cdrLists)}}:live`;

/** Where a call is remembered, in the slot of that tag. @param name its scope and attempt, as JSON */
export const nameCall = (tag: string, name: string): string => `{${tag}}:call:${name}`;

/** The index of a tenant's calls that haven't left, by their names, in the slot of that tag: each tenant has its own sweep. */
export const nameOpenCalls = (tag: string, tenant: string): string => `{${tag}}:open:${tenant}`;

/** The two sets that take turns to hold the deduplication keys of so many seconds, in the slot of that tag. */
export const nameKeySets = (tag: string, seconds: number): string[] =>
  [0, 1].map((turn) => `{${tag}}:said:${seconds}:${turn}`);

/** Where the time of a subject's newest message is, in the slot of that tag. */
export const nameNewest = (tag: string, subject: string): string => `{${tag}}:newest:${subject}`;

/** A key that never exists, in the slot of that tag. */
export const nameProbe = (tag: string): string => `{${tag}}:probe`;
