// What the commands on deployed tenants have in common: their options, and the table at their end.
import type { Command } from 'commander';
import { TENANTS } from '../local/tenant-file.ts';
import { type FindKeys, noKeys } from '../ops/fleet/canary.ts';
import type { Done, Manner } from '../ops/fleet/carry-out.ts';
import { keysInSecret } from '../ops/fleet/keys.ts';
import { fold, namedTable, print } from '../ops/output.ts';
import { wholeFrom } from './arguments.ts';
import { listenForInterrupt } from './interrupt.ts';

export type Fleet = {
  readonly stage: string;
  readonly tenants: string;
  readonly yes?: boolean;
};
export type Rollout = Fleet & {
  readonly wave: number;
  readonly watch: number;
  readonly preview?: boolean;
  readonly token?: string;
  readonly redis?: string;
  readonly secrets?: boolean;
};

/** The options of every one. */
export const onFleet = (command: Command): Command =>
  command
    .requiredOption('--stage <stage>', 'such as prod; AWS credentials come from the environment')
    .option('--tenants <folder>', 'of the files of tenants', TENANTS)
    .option('--yes', 'agree to what would be asked');

/** The options of what is rolled out in waves. */
export const inWaves = (command: Command): Command =>
  command
    .option('--wave <n>', 'so many at a time, after a first one alone', wholeFrom(1), 5)
    .option('--watch <seconds>', 'watch the alarms so long after each wave', wholeFrom(0), 90)
    .option('--preview', 'show what would change, and change nothing');

/** The options by which the canary goes all the way. */
export const withKeys = (command: Command): Command =>
  command
    .option('--token <token>', 'of one tenant, for the canary (default: the first of HOOK_TOKENS)')
    .option('--redis <url>', 'of one tenant, to hear the canary (default: REDIS_URL)')
    .option('--secrets', 'send each tenant the canary, with what its secret holds');

export const readManner = ({ wave, watch, yes = false, preview = false }: Rollout): Manner => ({
  wave,
  watch,
  yes,
  preview,
  report,
  listen: () => listenForInterrupt(report),
});

export const report = (line: string): void => print(fold(line));

/** The environment has the keys of one tenant: those of no other. */
export function findKeys(tenants: readonly string[], { token, redis, secrets }: Rollout): FindKeys {
  if (secrets) return keysInSecret;
  if (tenants.length !== 1) return noKeys;
  const keys = {
    token: token ?? (process.env['HOOK_TOKENS']?.split(',')[0]?.trim() || undefined),
    redis: redis ?? (process.env['REDIS_URL'] || undefined),
  };
  return async () => keys;
}

/** Throws unless tenants are named, or all are meant. */
export function chosen(tenants: readonly string[], all = false): readonly string[] | 'all' {
  if (all === tenants.length > 0) throw new Error('name tenants, or give --all');
  return all ? 'all' : tenants;
}

/** The table at the end; with exit code 1 when it stopped. */
export function showRows({ rows, stopped }: Done): void {
  if (rows.length > 0)
    print(
      `\n${namedTable(
        rows.map(({ stack, content, result, seconds, door }) => ({
          stack,
          content: content.slice(0, 8),
          result,
          s: seconds ?? '',
          door: result === 'failed' ? 'see above' : (door ?? ''),
        })),
      )}`,
    );
  if (stopped === undefined) return;
  console.error(`stopped: ${stopped}\nMend it, then run the same command: it goes on where it stopped.`);
  process.exitCode = 1;
}
