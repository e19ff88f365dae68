// Statistics change with every event and with time: each is told again when it is another than was told last.

/** The statistics of one kind: of agents, or of queues. */
export type Changes = {
  /** It may have changed. */
  readonly mark: (id: string) => void;
  /** Everything may have: a new day. */
  readonly markAll: () => void;
  /** Time alone may have changed it: another part of everything each time. */
  readonly markPart: () => void;
  /** Tells of what is another by now. */
  readonly flush: () => void;
};

/**
 * @param all that there are statistics of, by id; nothing ever leaves
 * @param parts in which time's changes are told: all at once would be a burst
 * @param textOf the message about one, now
 * @param notify is given each message that is another than the last one about the same
 */
export function changes<One>(
  all: ReadonlyMap<string, One>,
  parts: number,
  textOf: (one: One) => string,
  notify: (id: string, text: string) => void,
): Changes {
  const told = new Map<string, string>();
  const marked = new Set<string>();
  let part = 0;
  return {
    mark: (id) => marked.add(id),
    markAll: () => {
      for (const id of all.keys()) marked.add(id);
    },
    markPart: () => {
      part = (part + 1) % parts;
      let index = 0;
      for (const id of all.keys()) if (index++ % parts === part) marked.add(id);
    },
    flush: () => {
      if (marked.size === 0) return;
      for (const [id, one] of all) {
        if (!marked.has(id)) continue;
        const text = textOf(one);
        if (text === told.get(id)) continue;
        told.set(id, text);
        notify(id, text);
      }
      marked.clear();
    },
  };
}
