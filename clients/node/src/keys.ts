// The keys of the worker protocol, all in the cluster slot of the list.

export type Keys = {
  readonly list: string;
  /** list: what this worker took and has not acknowledged, the newest left */
  readonly processing: string;
  /** sorted set: each worker, and when its lease ends, ms of Redis's clock */
  readonly leases: string;
  /** hash: the SHA-1 of an entry's text, and how often it was tried in vain */
  readonly tries: string;
  /** list: what was given up, as JSON with the reason, the newest left */
  readonly dead: string;
};

/**
 * What every key of a list begins with: it has the hash tag of the list.
 * @throws RangeError when no key can be named in the slot of such a list
 */
export function namePrefix(list: string): string {
  if (/^[^{]*\{[^}]+\}/.test(list)) return list;
  if (list === '' || /[{}]/.test(list))
    throw new RangeError(
      'list must be the key of a list; a brace in it must be part of a hash tag, such as {cdr}',
    );
  return `{${list}}`;
}

export function nameKeys(list: string, worker: string): Keys {
  const prefix = namePrefix(list);
  return {
    list,
    processing: nameProcessing(list, worker),
    leases: `${prefix}:leases`,
    tries: `${prefix}:tries`,
    dead: `${prefix}:dead`,
  };
}

export const nameProcessing = (list: string, worker: string): string =>
  `${namePrefix(list)}:processing:${worker}`;
