// CloudWatch's embedded metric format: figures in a log line, without a call and without a client.

/** A figure, or all of those that one invocation saw. A name that ends in `_ms` is in milliseconds. */
export type Figures = Readonly<Record<string, number | readonly number[]>>;

/**
 * The fields of a log line that CloudWatch takes figures from, in the namespace Hookline by function.
 * Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".
 * @param now epoch milliseconds
 */
export function embedded(functionName: string, figures: Figures, now: number): object {
  const seen = Object.entries(figures).filter(([, value]) => typeof value === 'number' || value.length > 0);
  const Metrics = seen.map(([Name]) => ({ Name, Unit: Name.endsWith('_ms') ? 'Milliseconds' : 'Count' }));
  if (Metrics.length === 0) return {};
  const CloudWatchMetrics = [{ Namespace: 'Hookline', Dimensions: [['function']], Metrics }];
  return { _aws: { Timestamp: now, CloudWatchMetrics }, function: functionName, ...Object.fromEntries(seen) };
}
