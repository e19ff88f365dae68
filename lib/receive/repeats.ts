// Which events this door has accepted before, so that its answer can say so.

/** Answers whether an id came before, among the last so many different ones. */
export function repeatCheck(remembered: number): (id: string) => boolean {
  const ids = new Set<string>();
  return (id) => {
    const repeat = ids.delete(id);
    ids.add(id);
    // A set keeps the order in which its members were added: the first is the oldest.
    const [oldest = id] = ids;
    if (ids.size > remembered) ids.delete(oldest);
    return repeat;
  };
}
