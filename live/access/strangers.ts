// Strangers are connections without a login: how many of them are held, in all and from one address.

/** The most that are held. */
export type Limits = { readonly inAll: number; readonly perAddress: number };

export type Strangers = {
  /**
   * Holds one more. Where that is one too many, the oldest from its address is ended, or the oldest of all: whoever
   * really logs in does so at once.
   * @param address undefined where many may share it, as behind a load balancer
   * @param end ends the connection; not called once it has left
   * @returns what lets it leave: it logged in, or is gone
   */
  readonly hold: (address: string | undefined, end: () => void) => () => void;
  /** How many there are. */
  readonly count: () => number;
};

type Stranger = { readonly address: string | undefined; readonly end: () => void };

export function limitStrangers({ inAll, perAddress }: Limits): Strangers {
  // Sets keep the order in which strangers came.
  const all = new Set<Stranger>();
  const byAddress = new Map<string, Set<Stranger>>();

  const leave = (stranger: Stranger): void => {
    const { address } = stranger;
    all.delete(stranger);
    const same = address === undefined ? undefined : byAddress.get(address);
    if (address === undefined || same === undefined) return;
    same.delete(stranger);
    if (same.size === 0) byAddress.delete(address);
  };

  const endOldest = (strangers: ReadonlySet<Stranger>): void => {
    for (const stranger of strangers) {
      leave(stranger);
      stranger.end();
      return;
    }
  };

  const hold = (address: string | undefined, end: () => void): (() => void) => {
    const stranger = { address, end };
    const same = (address === undefined ? undefined : byAddress.get(address)) ?? new Set();
    if (same.size >= perAddress) endOldest(same);
    else if (all.size >= inAll) endOldest(all);
    same.add(stranger);
    all.add(stranger);
    if (address !== undefined) byAddress.set(address, same);
    return () => leave(stranger);
  };

  return { hold, count: () => all.size };
}
