// The cost of a fleet as text and as JSON.
import { table } from '../output.ts';
import { type Front, fronts } from './cost.ts';
import {
  coldShare,
  fleetAssumed,
  fleetPrices,
  floor,
  gatewaysAMonth,
  smallRates,
  tenantAMonth,
} from './fleet.ts';
import type { Price } from './prices.ts';

/** Rules of one load balancer, by which it can tell tenants apart. */
const TENANTS_OF_A_BALANCER = 100;

const each = (front: Front, rate: number, dashboard: boolean) => ({
  cheap: tenantAMonth(front, rate, 'cheap', dashboard),
  dear: tenantAMonth(front, rate, 'dear', dashboard),
});

const listCases = () =>
  fronts.flatMap((front) =>
    smallRates.map((rate) => ({
      front,
      rate,
      withDashboard: each(front, rate, true),
      without: each(front, rate, false),
    })),
  );

const gateways = (tenants: number) => ({
  'one task, a load balancer each': gatewaysAMonth(tenants, 1, tenants),
  'one task, shared load balancers': gatewaysAMonth(tenants, 1, Math.ceil(tenants / TENANTS_OF_A_BALANCER)),
  'two tasks, shared load balancers': gatewaysAMonth(tenants, 2, Math.ceil(tenants / TENANTS_OF_A_BALANCER)),
});

export const fleetAsJson = (tenants: number) => ({
  tenants,
  floor: floor(),
  cases: listCases(),
  gateways: gateways(tenants),
  prices: fleetPrices,
  assumed: fleetAssumed,
});

export function fleetAsText(tenants: number): string {
  const parts = Object.entries(floor()).map(([part, usd]) => ({
    'without an event': part,
    '$/month': cents(usd),
    [`$/month of ${tenants}`]: whole(usd * tenants),
  }));
  const cases = listCases().map(({ front, rate, withDashboard, without }) => ({
    front,
    'events/s': rate,
    'cold starts': span(percent(coldShare(rate, 'cheap')), percent(coldShare(rate, 'dear'))),
    '$/month': span(cents(without.cheap), cents(without.dear)),
    [`$/month of ${tenants}`]: span(whole(without.cheap * tenants), whole(without.dear * tenants)),
    'with own dashboards': span(whole(withDashboard.cheap * tenants), whole(withDashboard.dear * tenants)),
  }));
  const live = Object.entries(gateways(tenants)).map(([gateway, usd]) => ({
    [`live gateways of ${tenants}`]: gateway,
    '$/month': whole(usd),
  }));
  const priced = Object.entries<Price>(fleetPrices).map(
    ([price, { usd, per, region, dated, taken, source }]) => ({
      price,
      $: usd,
      per,
      region,
      dated,
      taken,
      source,
    }),
  );
  return [table(parts), table(cases), table(live), table(priced)].join('\n\n');
}

const span = (cheap: string, dear: string) => (cheap === dear ? cheap : `${cheap}–${dear}`);
const cents = (value: number) => value.toFixed(2);
const whole = (value: number) => Math.round(value).toLocaleString('en');
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
