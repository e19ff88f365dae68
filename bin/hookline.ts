// The command line: one file a command.
import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { bench } from './bench.ts';
import { chaos } from './chaos.ts';
import { contracts } from './contracts.ts';
import { cost } from './cost.ts';
import { deadLetters } from './dead-letters.ts';
import { doctor } from './doctor.ts';
import { fuzz } from './fuzz.ts';
import { pack } from './package.ts';
import { quarantine } from './quarantine.ts';
import { send } from './send.ts';
import { simulate } from './simulate.ts';
import { start } from './start.ts';
import { test } from './test.ts';
import { watch } from './watch.ts';

const program = new Command('hookline')
  .description('Webitel queue hooks, republished on Redis in the words of the Enigma dialler')
  .version(packageFile.version)
  .showHelpAfterError('(--help says more)')
  .enablePositionalOptions();

const commands = [
  start,
  send,
  watch,
  simulate,
  doctor,
  quarantine,
  deadLetters,
  test,
  pack,
  bench,
  chaos,
  fuzz,
  cost,
  contracts,
];
for (const command of commands) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`hookline: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
