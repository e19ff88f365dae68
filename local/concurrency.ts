// Do the tenants of a region fit into what Lambda lets an account do at once? docs/quotas.md has the arithmetic.
import type { Deployment } from './deployment.ts';

/** What an account has in a region unless it asked for more, and what of it no function can reserve. */
const ACCOUNT = 1_000;
const UNRESERVED = 100;

type Needs = Pick<Deployment, 'region' | 'consumerConcurrency' | 'reservations' | 'sweeps'>;

/** A line for each region whose tenants, with every Redis frozen, leave too little of an account's default to the webhooks. */
export const explainConcurrency = (deployments: readonly Needs[]): string[] =>
  [...Map.groupBy(deployments, ({ region }) => region)].flatMap(([region, tenants]) => {
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
    return `${region}: reservations take ${text(reserved)}, consumers and sweeps up to ${text(others)} at once; an account has ${text(ACCOUNT)} unless it asks for more, and webhooks that find none left lose hooks: docs/quotas.md`;
  });

const sum = (tenants: readonly Needs[], count: (needs: Needs) => number) =>
  tenants.reduce((total, needs) => total + count(needs), 0);
