// The command line: one file a command.
import { Command } from 'commander';
import { explained } from '../ops/trouble.ts';
import packageFile from '../package.json' with { type: 'json' };
import { bench } from './bench.ts';
import { call } from './call.ts';
import { chaos } from './chaos.ts';
import { consolePage } from './console.ts';
import { contracts } from './contracts.ts';
import { cost } from './cost.ts';
import { deadLetters } from './dead-letters.ts';
import { deploy } from './deploy.ts';
import { doctor } from './doctor.ts';
import { drain } from './drain.ts';
import { fleet } from './fleet.ts';
import { fuzz } from './fuzz.ts';
import { move } from './move.ts';
import { pack } from './package.ts';
import { quarantine } from './quarantine.ts';
import { remove } from './remove.ts';
import { rollback } from './rollback.ts';
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
  call,
  simulate,
  doctor,
  quarantine,
  deadLetters,
  move,
  test,
  pack,
  deploy,
  rollback,
  drain,
  remove,
  fleet,
  bench,
  chaos,
  fuzz,
  cost,
  contracts,
  consolePage,
];
for (const command of commands) program.addCommand(command);

program.addHelpText(
  'afterAll',
  '\nExit codes: 0 all went well; 1 it did not, and stderr says why; 2 the doctor warns.',
);

// Whoever read the output stopped reading, as head does: a command that can stop by itself does, any other ends here.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
  });
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(`hookline: ${explained(error)}`);
  process.exitCode = 1;
}
// What is still open by then is a connection whose other end is silent.
setTimeout(() => process.exit(), 2_000).unref();
