// Statistics change with every event and with time: each is told again when it is another than was told last.

/** The statistics of one kind: of agents, or of queues. */
export type Changes = {
  /** It may have changed. */
  readonly mark: (id: string) => void;
  /** Everything may have: a new day, or time has passed. */
  readonly markAll: () => void;
  /** Tells of what is another by now. */
  readonly flush: () => void;
};

/**
 * @param ids of everything that there are statistics of
 * @param textOf the message about one, now; undefined when it is gone
 * @param tell is given each message that is another than the last one about the same
 */
export function changes(
  ids: () => Iterable<string>,
  textOf: (id: string) => string | undefined,
  tell: (id: string, text: string) => void,
): Changes {
  const told = new Map<string, string>();
  const marked = new Set<string>();
  return {
    mark: (id) => marked.add(id),
    markAll: () => {
      for (const id of ids()) marked.add(id);
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
