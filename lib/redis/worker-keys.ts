// The keys that workers keep beside a list: docs/worker.md has the protocol.

/** What each of these keys begins with: it has the hash tag of the list. */
export const namePrefix = (list: string): string => (/^[^{]*\{[^}]+\}/.test(list) ? list : `{${list}}`);

export const nameWorkerKeys = (list: string) => {
  const prefix = namePrefix(list);
  return {
    /** sorted set: each worker, and when its lease ends, ms by the clock of Redis */
    leases: `${prefix}:leases`,
    /** list: `{"entry","id","reason",…}`, the newest left */
    dead: `${prefix}:dead`,
    /** list: what a worker took and did not acknowledge, the newest left */
    processing: (worker: string) => `${prefix}:processing:${worker}`,
  };
};
