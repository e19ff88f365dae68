// Which alarms of a fleet are in ALARM: one call for all of a stage, since their names begin alike.
import { paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { ask, type Clients } from './clients.ts';
import { deployedTemplate, type Stack } from './stacks.ts';
import { ofType, type Template } from './template.ts';

/** Names, and since when each is in ALARM, epoch ms; 0 when AWS does not say. */
export type Alarming = ReadonlyMap<string, number>;

/** The alarms in ALARM whose names begin so. */
export async function listAlarming({ cloudWatch }: Clients, prefix: string): Promise<Alarming> {
  const names = async () => {
    const pages = paginateDescribeAlarms(
      { client: cloudWatch, pageSize: 100 },
      { AlarmNamePrefix: prefix, StateValue: 'ALARM' },
    );
    const found = new Map<string, number>();
    for await (const { MetricAlarms = [] } of pages)
      for (const { AlarmName = '', StateTransitionedTimestamp } of MetricAlarms)
        found.set(AlarmName, StateTransitionedTimestamp?.getTime() ?? 0);
    return found;
  };
  return ask('CloudWatch', names());
}

/** The same of several stacks, in whichever regions. @param all of each stack */
export async function listAlarmingOf(all: readonly Clients[], prefix: string): Promise<Alarming> {
  const regions = new Map(all.map((clients) => [clients.region, clients]));
  const found = await Promise.all([...regions.values()].map((clients) => listAlarming(clients, prefix)));
  return new Map(found.flatMap((alarming) => [...alarming]));
}

export const nameAlarms = (template: Template): string[] =>
  ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => String(Properties?.['AlarmName']));

/** What goes off so soon after a deployment is taken for its effect, ms. */
const SOON = 3_600_000;

/** The alarms of a stack that went off soon after it was deployed, and are in ALARM still. */
export async function findEffects(clients: Clients, stack: Stack, alarming: Alarming): Promise<string[]> {
  const soon = [...alarming].flatMap(([name, since]) =>
    name.startsWith(`${stack.name}-`) && since >= stack.updated && since < stack.updated + SOON ? [name] : [],
  );
  if (soon.length === 0) return [];
  // Another stack's name may begin alike.
  const own = new Set(nameAlarms(await deployedTemplate(clients, stack)));
  return soon.filter((name) => own.has(name));
}
