// Which alarms of a fleet are in ALARM: one call for all of a stage, since their names begin alike.
import { paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { ask, type Clients } from './clients.ts';

/** The names of the alarms in ALARM whose names begin so. */
export async function listAlarming({ cloudWatch }: Clients, prefix: string): Promise<ReadonlySet<string>> {
  const names = async () => {
    const pages = paginateDescribeAlarms(
      { client: cloudWatch, pageSize: 100 },
      { AlarmNamePrefix: prefix, StateValue: 'ALARM' },
    );
    const found = new Set<string>();
    for await (const { MetricAlarms = [] } of pages)
      for (const { AlarmName = '' } of MetricAlarms) found.add(AlarmName);
    return found;
  };
  return ask('CloudWatch', names());
}
