// hookline move: takes a tenant to another Redis, so that no CDR is lost or doubled.
import { Command, Option } from 'commander';
import { listIncompleteKeys, listKeys, sweepConfig } from '../lib/config.ts';
import { type Moved, move as moveTenant } from '../ops/move/move.ts';
import { print, printJson, progress, table } from '../ops/output.ts';
import { wholeFrom } from './arguments.ts';

type Options = {
  readonly from?: string;
  readonly to?: string;
  readonly fromCluster?: true;
  readonly toCluster?: true;
  readonly copy?: true;
  readonly verify?: true;
  readonly merge?: true;
  readonly patience: number;
  readonly json?: true;
};

export const move = new Command('move')
  .option('--from <url>', 'the old Redis (default: REDIS_URL; better there than in your history)')
  .option('--to <url>', 'the new Redis (default: NEW_REDIS_URL)')
  .option('--from-cluster', 'the old one is a cluster (default: as REDIS_CLUSTER says)')
  .option('--to-cluster', 'the new one is a cluster')
  .addOption(
    new Option(
      '--copy',
      'only copy what is remembered, while everything runs: the move is then short',
    ).conflicts('verify'),
  )
  .option('--verify', 'change nothing: only compare')
  .option('--merge', "the new Redis holds keys of these names: they are this tenant's")
  .option('--patience <seconds>', 'how long workers at the old Redis are waited for', wholeFrom(0), 60)
  .option('--json', 'JSON instead of text')
  .addHelpText(
    'after',
    `
Names of keys are those of the functions: ENIGMA_BASE, CDR_LISTS, INCOMPLETE_LISTS. docs/managed-redis.md has the steps.
Exit 1 when something was not moved.

Example:
  REDIS_URL=redis://old:6379 NEW_REDIS_URL=rediss://new:6379 hookline move --to-cluster`,
  )
  .action(async (options: Options) => {
    const from = options.from ?? process.env['REDIS_URL'];
    const to = options.to ?? process.env['NEW_REDIS_URL'];
    if (!from || !to)
      throw new Error('name the old Redis with --from or REDIS_URL, the new one with --to or NEW_REDIS_URL');
    // The same check of both URLs as the consumer makes.
    const config = sweepConfig({ ...process.env, REDIS_URL: from });
    sweepConfig({ ...process.env, REDIS_URL: to });
    const only = options.copy ? 'copy' : options.verify ? 'verify' : undefined;
    const moved = await moveTenant(
      {
        from: { url: from, cluster: options.fromCluster ?? config.REDIS_CLUSTER === 'true' },
        to: { url: to, cluster: options.toCluster ?? false },
        lists: [...listKeys(config), ...listIncompleteKeys(config)],
        only,
        merge: options.merge ?? false,
        patience: options.patience * 1_000,
      },
      (what) => progress(what),
    );
    progress('');
    if (options.json) printJson(moved);
    else print(describe(moved, only));
    const left = moved.rows.filter(({ kind, missing }) => missing > 0 && !(only === 'copy' && isList(kind)));
    if (left.length > 0) process.exitCode = 1;
  });

const isList = (kind: string) => ['CDR list', 'dead entries', 'processing'].includes(kind);

function describe({ entries, held, rows }: Moved, only: 'copy' | 'verify' | undefined): string {
  const compared =
    rows.length === 0
      ? 'the old Redis holds nothing of this tenant'
      : table(rows.map(({ missing, ...row }) => ({ ...row, 'not at the new Redis': missing })));
  const workers = held.map(
    ({ worker, entries: count }) =>
      `${worker} still holds ${count} at the old Redis: stop it, so that it gives them back, and run this again`,
  );
  const next =
    only === 'verify'
      ? []
      : only === 'copy'
        ? ['next: the same without --copy, which moves the lists and keeps consumers from the old Redis']
        : [
            `${entries} entries of lists were moved; events wait in the queue`,
            'next: give the consumer the new REDIS_URL, and point workers and subscribers there',
          ];
  return [compared, ...workers, ...next].join('\n');
}
