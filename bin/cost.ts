// hookline cost: what a million events cost on AWS, as a range, with the prices and figures behind it.
import { Command } from 'commander';
import { type Cost, costOf, type Front, fronts, monthly, rates } from '../ops/cost/cost.ts';
import { assumed, measured } from '../ops/cost/figures.ts';
import { fleetAsJson, fleetAsText } from '../ops/cost/fleet-view.ts';
import { type Price, prices } from '../ops/cost/prices.ts';
import { table } from '../ops/output.ts';
import { wholeFrom } from './arguments.ts';

export const cost = new Command('cost')
  .option('--json', 'all of it for programs')
  .option(
    '--fleet <tenants>',
    'what so many small tenants cost, and what each costs without an event',
    wholeFrom(1),
  )
  .action(({ json, fleet }: { json?: true; fleet?: number }) => {
    if (fleet !== undefined) console.log(json ? JSON.stringify(fleetAsJson(fleet)) : fleetAsText(fleet));
    else console.log(json ? JSON.stringify(asJson()) : asText());
  });

const cases = () => fronts.flatMap((front) => rates.map((rate) => ({ front, rate, ...ends(front, rate) })));
const ends = (front: Front, rate: number) => ({
  cheap: costOf(front, rate, 'cheap'),
  dear: costOf(front, rate, 'dear'),
});

const asJson = () => ({ cases: cases(), monthly, prices, measured, assumed });

function asText(): string {
  const rows = cases().map(({ front, rate, cheap, dear }) => {
    const range = (of: (cost: Cost) => number, text: (value: number) => string) =>
      span(text(of(cheap)), text(of(dear)));
    return {
      front,
      'events/s': rate.toLocaleString('en'),
      batch: range(({ batch }) => batch, rounded),
      door: range(({ parts }) => parts.front, cents),
      webhook: range(({ parts }) => parts.webhook, cents),
      queue: range(({ parts }) => parts.queue, cents),
      consumer: range(({ parts }) => parts.consumer, cents),
      logs: range(({ parts }) => parts.logs, cents),
      transfer: range(({ parts }) => parts.transfer, cents),
      watching: range(({ parts }) => parts.watching, cents),
      '$/million': range(({ perMillion }) => perMillion, cents),
      '$/month': range(({ perMonth }) => perMonth, dollars),
    };
  });
  const priced = Object.entries<Price>(prices).map(([price, { usd, per, region, dated, taken, source }]) => ({
    price,
    $: usd,
    per,
    region,
    dated,
    taken,
    source,
  }));
  const figures = [
    ...Object.entries(measured).map(([figure, { value, unit, how }]) => ({
      figure,
      value: `${value.toLocaleString('en')} ${unit}`,
      what: how,
    })),
    ...Object.entries(assumed).map(([figure, { cheap, dear, unit, why }]) => ({
      figure: `${figure} (assumed)`,
      value: `${span(cheap.toLocaleString('en'), dear.toLocaleString('en'))} ${unit}`,
      what: why,
    })),
  ];
  const options = `A stack without events: $${cents(monthly.idle)} a month. A webhook kept warm: $${cents(monthly.warm)} a month more.`;
  return [table(rows), options, table(priced), table(figures)].join('\n\n');
}

const span = (cheap: string, dear: string) => (cheap === dear ? cheap : `${cheap}–${dear}`);
const cents = (value: number) => value.toFixed(2);
const rounded = (value: number) => `${Number(value.toFixed(1))}`;
const dollars = (value: number) => Math.round(value).toLocaleString('en');
