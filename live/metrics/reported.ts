// What the functions report of themselves where they run on the same machine as the gateway.

/** Figures of one log line of a function, as CloudWatch would take them. */
export type Reported = {
  readonly figures: Readonly<Record<string, number | readonly number[]>>;
  /** of the answer of the door */
  readonly status?: number | undefined;
};

/** How many messages a queue holds. */
export type QueueLengths = Readonly<Record<string, number>>;

/** What a run on this machine says of a function that failed, which AWS counts by itself. */
const failures = [
  ['"message":"the function failed"', { failed: 1 }],
  ['"message":"not swept"', { sweep_failed: 1 }],
] as const;

/** The figures in a log line; undefined for a line without. */
export function readReported(line: string): Reported | undefined {
  const [, failed] = failures.find(([words]) => line.includes(words)) ?? [];
  if (failed !== undefined) return { figures: failed };
  if (!line.includes('"_aws"')) return undefined;
  const { _aws, status, ...fields } = JSON.parse(line);
  const names: readonly string[] = _aws.CloudWatchMetrics[0].Metrics.map(
    ({ Name }: { Name: string }) => Name,
  );
  return { figures: Object.fromEntries(names.map((name) => [name, fields[name]])), status };
}
