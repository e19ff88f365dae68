// The names of what Hookline keeps in Redis beside the lists, and their slots in a cluster.

/** The part of a key that decides on its slot in a cluster: what stands in its braces, else all of it. */
export const tagOf = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** What the marks of a list begin with: in the list's slot, and its own even where lists share a tag. */
export const marksOf = (list: string): string => `${list.includes('{') ? list : `{${list}}`}:seen`;

/** The tag of everything but the further lists and their marks: that of the first list. */
export const homeOf = (cdrLists: readonly string[]): string => tagOf(cdrLists[0] ?? '');

/** The live stream: each entry's field `event` is a lifecycle message. */
export const liveStreamOf = (cdrLists: readonly string[]): string => `{${homeOf(cdrLists)}}:live`;

/** The two sets that take turns to hold the guards of so many seconds, in the slot of that tag. */
export const guardSetsOf = (tag: string, seconds: number): string[] =>
  [0, 1].map((turn) => `{${tag}}:said:${seconds}:${turn}`);

/** Where the time of a subject's newest message is, in the slot of that tag. */
export const newestOf = (tag: string, subject: string): string => `{${tag}}:newest:${subject}`;

/** A key that never exists, in the slot of that tag. */
export const probeOf = (tag: string): string => `{${tag}}:probe`;
