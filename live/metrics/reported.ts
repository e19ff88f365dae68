// What the functions report of themselves where they run on the same machine as the gateway.

/** Figures of one log line of a function, as CloudWatch would take them. */
export type Reported = {
  readonly figures: Readonly<Record<string, number | readonly number[]>>;
  /** of the answer of the door */
  readonly status?: number | undefined;
};

/** How many messages a queue holds. */
export type QueueLengths = Readonly<Record<string, number>>;

/** The figures in a log line; undefined for a line without. */
export function readReported(line: string): Reported | undefined {
  if (line.includes('"message":"the function failed"')) return { figures: { failed: 1 } };
  if (!line.includes('"_aws"')) return undefined;
  const { _aws, status, ...fields } = JSON.parse(line);
  const names: readonly string[] = _aws.CloudWatchMetrics[0].Metrics.map(
    ({ Name }: { Name: string }) => Name,
  );
  return { figures: Object.fromEntries(names.map((name) => [name, fields[name]])), status };
}
