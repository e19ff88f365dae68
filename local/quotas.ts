// Do the tenants of a region fit into what an account has? docs/quotas.md has the arithmetic.
import type { Deployment } from './deployment.ts';

/** What an account has in a region unless it asked for more, and what of it no function can reserve. */
const ACCOUNT = 1_000;
const UNRESERVED = 100;

type Needs = Pick<Deployment, 'region' | 'consumerConcurrency' | 'reservations' | 'sweeps'>;

/** How many rules the default bus of a region takes. */
const RULES = 300;
const FEWER_RULES: Readonly<Record<string, number>> = { 'af-south-1': 100, 'eu-south-1': 100 };

/** A line for each quota of a region, as an account begins with it, that these tenants alone would pass. */
export const explainQuotas = (deployments: readonly Needs[]): string[] =>
  [...Map.groupBy(deployments, ({ region }) => region)].flatMap(([region, tenants]) => [
    ...explainConcurrency(region, tenants),
    ...explainRules(region, tenants.length),
  ]);

/** Each stack has one, for its sweep. */
function explainRules(region: string, rules: number): string[] {
  const most = FEWER_RULES[region] ?? RULES;
  if (rules <= most) return [];
  return [
    `${region}: ${rules} rules of EventBridge, and a bus takes ${most}, those of other stages and other software included, unless the account asks for more: docs/quotas.md`,
  ];
}

/** With every Redis frozen, too little may be left to the webhooks. */
function explainConcurrency(region: string, tenants: readonly Needs[]): string[] {
  const reserved = sum(
    tenants,
    ({ reservations }) => (reservations.webhook ?? 0) + (reservations.consumer ?? 0),
  );
  const others = sum(
    tenants,
    ({ reservations, consumerConcurrency, sweeps }) =>
      (reservations.consumer === null ? consumerConcurrency : 0) + (sweeps ? 1 : 0),
  );
  if (reserved + others <= ACCOUNT - UNRESERVED) return [];
  const text = (count: number) => count.toLocaleString('en');
  return [
    `${region}: reservations take ${text(reserved)}, consumers and sweeps up to ${text(others)} at once; an account has ${text(ACCOUNT)} unless it asks for more, and webhooks that find none left lose hooks: docs/quotas.md`,
  ];
}

const sum = (tenants: readonly Needs[], count: (needs: Needs) => number) =>
  tenants.reduce((total, needs) => total + count(needs), 0);
