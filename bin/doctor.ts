// hookline doctor: looks at every part and says what to change.
import { Command } from 'commander';
import { consumerConfig, listIncompleteKeys, listKeys, ownChannels, sweepConfig } from '../lib/config.ts';
import { printable } from '../lib/printable.ts';
import { nameLiveStream } from '../lib/redis/keys.ts';
import { examine } from '../ops/doctor/doctor.ts';
import { exitCode, type Finding } from '../ops/doctor/finding.ts';
import { coloured, printJson } from '../ops/output.ts';
import { findTarget, onDoor, type TargetOptions, withRedis } from '../ops/target.ts';

type Options = TargetOptions & { readonly json?: true };

const signs = { good: 'ok  ', warning: 'warn', failed: 'FAIL' } as const;
const colours = { good: 32, warning: 33, failed: 31 } as const;

export const doctor = withRedis(onDoor(new Command('doctor')))
  .addHelpText(
    'after',
    '\nExamples:\n  hookline doctor\n  hookline doctor --stage prod --tenant acme --url https://… --redis rediss://…',
  )
  .action(async (options: Options) => {
    const target = await findTarget(options);
    const env = { ...process.env, REDIS_URL: target.redis ?? 'redis://unnamed' };
    const config = consumerConfig(env);
    const findings: Finding[] = [];
    const places = {
      base: config.ENIGMA_BASE,
      lists: listKeys(config),
      incompleteLists: listIncompleteKeys(sweepConfig(env)),
      listMax: config.CDR_LIST_MAX,
      stream: config.LIVE === 'on' ? nameLiveStream(listKeys(config)) : undefined,
      channels: ownChannels(config),
      cluster: config.REDIS_CLUSTER === 'true',
    };
    await examine(target, places, (finding) => {
      findings.push(finding);
      if (!options.json) console.log(line(finding));
    });
    if (options.json) printJson(findings);
    process.exitCode = exitCode(findings);
  });

function line({ check, state, detail, remedy }: Finding): string {
  const advice = remedy === undefined ? '' : `\n      → ${printable(remedy)}`;
  return `${coloured(colours[state], signs[state])}  ${check.padEnd(14)}  ${printable(detail)}${advice}`;
}
