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
 * @param ids of everything that there are statistics of, always in the same order
 * @param parts in which time's changes are told: all at once would be a burst
 * @param textOf the message about one, now; undefined when it is gone
 * @param tell is given each message that is another than the last one about the same
 */
export function changes(
  ids: () => Iterable<string>,
  parts: number,
  textOf: (id: string) => string | undefined,
  tell: (id: string, text: string) => void,
): Changes {
  const told = new Map<string, string>();
  const marked = new Set<string>();
  let part = 0;
  return {
    mark: (id) => marked.add(id),
    markAll: () => {
      for (const id of ids()) marked.add(id);
    },
    markPart: () => {
      part = (part + 1) % parts;
      let index = 0;
      for (const id of ids()) if (index++ % parts === part) marked.add(id);
    },
    flush: () => {
      for (const id of marked) {
        const text = textOf(id);
        if (text === undefined || text === told.get(id)) continue;
        told.set(id, text);
        tell(id, text);
      }
      marked.clear();
    },
  };
}
