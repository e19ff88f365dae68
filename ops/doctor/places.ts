// Where the doctor looks in Redis.

/** Where the consumer and the sweep publish. */
export type Places = {
  readonly base: string;
  readonly lists: readonly string[];
  /** where the sweep puts records of calls that never left; they may be among the others */
  readonly incompleteLists: readonly string[];
  /** the most entries of a list; 0: no bound */
  readonly listMax: number;
  /** the live stream, when there is one */
  readonly stream: string | undefined;
  /** outside the base */
  readonly channels: readonly string[];
  readonly cluster: boolean;
};
