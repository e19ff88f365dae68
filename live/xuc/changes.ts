// Statistics change with every event and with time: each is sent again when it is another than was sent last.

/** The statistics of one kind: of agents, or of queues. */
export type Changes = {
  /** It may have changed. */
  readonly add: (id: string) => void;
  /** Everything may have: a new day. */
  readonly addAll: () => void;
  /** Time alone may have changed it: another part of everything each time. */
  readonly addPart: () => void;
  /** Sends what is another by now. */
  readonly flush: () => void;
};

/**
 * @param all that there are statistics of, by id; nothing ever leaves
 * @param parts in which time's changes are sent: all at once would be a burst
 * @param write the message about one, now
 * @param send is given each message that is another than the last one about the same
 */
export function trackChanges<One>(
  all: ReadonlyMap<string, One>,
  parts: number,
  write: (one: One) => string,
  send: (id: string, text: string) => void,
): Changes {
  const sent = new Map<string, string>();
  const changed = new Set<string>();
  let part = 0;
  return {
    add: (id) => changed.add(id),
    addAll: () => {
      for (const id of all.keys()) changed.add(id);
    },
    addPart: () => {
      part = (part + 1) % parts;
      let index = 0;
      for (const id of all.keys()) if (index++ % parts === part) changed.add(id);
    },
    flush: () => {
      for (const id of changed) {
        const one = all.get(id);
        if (one === undefined) continue;
        const text = write(one);
        if (text === sent.get(id)) continue;
        sent.set(id, text);
        send(id, text);
      }
      changed.clear();
    },
  };
}
