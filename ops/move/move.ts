// Moves a tenant to another Redis: what was published and which CDRs were pushed goes along, so that nothing is doubled.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Client, connectTo } from '../../lib/redis/connection.ts';
import { close, reach, redisTrouble, Unanswered } from '../trouble.ts';
import { copyKey } from './copy.ts';
import { bringHome, type Held, moveLists } from './lists.ts';
import { type Kind, nameTenant, type Tenant } from './names.ts';
import { eachKey } from './scan.ts';
import { type Row, verify } from './verify.ts';

export type End = { readonly url: string; readonly cluster: boolean };

export type Move = {
  readonly from: End;
  readonly to: End;
  /** full keys, as the consumer has them */
  readonly lists: readonly string[];
  /** `copy`: only what is remembered, while everything runs; `verify`: changes nothing */
  readonly only?: 'copy' | 'verify' | undefined;
  /** the new Redis may hold keys of these names: they are this tenant's */
  readonly merge?: boolean;
  /** how long workers at the old Redis are waited for, ms */
  readonly patience?: number;
};

export type Moved = {
  /** entries of lists that were moved */
  readonly entries: number;
  /** what workers at the old Redis still hold; the move is not complete until they have given it back */
  readonly held: readonly Held[];
  readonly rows: readonly Row[];
};

/** What the old Redis says to whoever looks at its fence. */
const FENCE = 'moved: REDIS_URL must name the new Redis (hookline move)';
/** The state of a move is kept at the new Redis for so many seconds. */
const REMEMBERED = 366 * 24 * 3600;
/** For one command, ms: a long stream goes over in one. */
const COMMAND = 30_000;
/** Between two looks at what workers hold, ms. */
const PAUSE = 250;

/**
 * Moves a tenant, or goes on with it. In this order: no consumer can publish at the old Redis any more; markers, keys
 * and the stream are copied; lists are moved; the new Redis is opened for consumers. Rejects with Unanswered, which
 * says what to do; whatever happens, it may be run again.
 * @param report is called with what is done now
 */
export async function move(task: Move, report: (what: string) => void = () => undefined): Promise<Moved> {
  const tenant = nameTenant(task.lists);
  const from = connectTo(task.from.url, task.from.cluster, COMMAND);
  const to = connectTo(task.to.url, task.to.cluster, COMMAND);
  try {
    await reach(from);
    await reach(to);
    if (task.only === 'verify') return { entries: 0, held: [], rows: await verify(from, to, tenant) };
    const settled = await begin(from, to, tenant, task.merge === true);
    if (task.only !== 'copy') {
      report('no consumer publishes at the old Redis from now on: events wait in the queue');
      await Promise.all(tenant.fences.map((fence) => from.set(fence, FENCE)));
    }
    report('markers, deduplication keys, times and the live stream are copied');
    await copyAll(from, to, tenant, settled);
    if (task.only === 'copy') return { entries: 0, held: [], rows: await verify(from, to, tenant) };
    report('lists are moved');
    const lists = await moveAllLists(from, to, tenant, task.patience ?? 0);
    await bringHome(to, from, tenant);
    await to.set(tenant.state, 'settled', 'EX', REMEMBERED);
    // Whoever moves back from here begins anew.
    await from.unlink(tenant.state);
    await Promise.all(tenant.fences.map((fence) => to.unlink(fence)));
    return { ...lists, rows: await verify(from, to, tenant) };
  } catch (error) {
    throw redisTrouble(error);
  } finally {
    close(from);
    close(to);
  }
}

/** Answers whether an earlier run was completed. Throws where the new Redis is not meant. */
async function begin(from: Client, to: Client, tenant: Tenant, merge: boolean): Promise<boolean> {
  const state = await to.get(tenant.state);
  const own = randomUUID();
  await to.set(tenant.state, own, 'EX', REMEMBERED);
  const same = (await from.get(tenant.state)) === own;
  const restore = () =>
    state === null ? to.unlink(tenant.state) : to.set(tenant.state, state, 'EX', REMEMBERED);
  if (same) {
    await restore();
    throw new Unanswered(
      'both URLs lead to the same Redis',
      'name the old one with --from, the new one with --to',
    );
  }
  const there = state === null && !merge ? await countKeys(to, tenant) : new Map<Kind, number>();
  if (there.size > 0) {
    await restore();
    const words = [...there].map(([kind, keys]) => `${kind} ${keys}`).join(', ');
    throw new Unanswered(
      `the new Redis holds keys of these names already (${words})`,
      'if they are of this tenant, move with --merge; else it needs another Redis, or another ENIGMA_BASE',
    );
  }
  await to.set(tenant.state, state === 'settled' ? state : 'copying', 'EX', REMEMBERED);
  return state === 'settled';
}

async function countKeys(client: Client, tenant: Tenant): Promise<Map<Kind, number>> {
  const counts = new Map<Kind, number>();
  await eachKey(client, tenant, async ({ key, kind }) => {
    if (kind !== 'move' && (await client.exists(key)) === 1) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  });
  return counts;
}

/** Lists are not copied, and workers have their leases where they work. */
const stays: ReadonlySet<Kind> = new Set(['CDR list', 'dead entries', 'processing', 'leases', 'move']);

const copyAll = (from: Client, to: Client, tenant: Tenant, settled: boolean): Promise<void> =>
  eachKey(from, tenant, async ({ key, kind }) => {
    if (stays.has(kind) || (kind === 'other' && (await from.type(key)) === 'list')) return;
    await copyKey({ from, to, settled }, key, kind);
  });

/** Until workers at the old Redis hold nothing: what they give back is moved, too. */
async function moveAllLists(
  from: Client,
  to: Client,
  tenant: Tenant,
  patience: number,
): Promise<Pick<Moved, 'entries' | 'held'>> {
  let entries = 0;
  for (const end = performance.now() + patience; ; await setTimeout(PAUSE)) {
    const { held, entries: more } = await moveLists(from, to, tenant);
    entries += more;
    if (held.length === 0 && more === 0) return { entries, held };
    if (held.length > 0 && performance.now() > end) return { entries, held };
  }
}
