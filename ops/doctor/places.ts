// Where the doctor looks in Redis.

/** Where the consumer publishes. */
export type Places = {
  readonly base: string;
  readonly lists: readonly string[];
  /** the live stream, when there is one */
  readonly stream: string | undefined;
  /** outside the base */
  readonly channels: readonly string[];
  readonly cluster: boolean;
};
