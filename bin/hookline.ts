// The command line: one file a command.
import { Command } from 'commander';
import { explained } from '../ops/trouble.ts';
import packageFile from '../package.json' with { type: 'json' };

const program = new Command('hookline')
  .description('Webitel queue hooks, republished on Redis in the words of the Enigma dialler')
  .version(packageFile.version)
  .showHelpAfterError('(--help says more)')
  .enablePositionalOptions();

/** In the order of the help. What is named is loaded alone: all of them take a second. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  send: async () => (await import('./send.ts')).send,
  watch: async () => (await import('./watch.ts')).watch,
  call: async () => (await import('./call.ts')).call,
  simulate: async () => (await import('./simulate.ts')).simulate,
  doctor: async () => (await import('./doctor.ts')).doctor,
  quarantine: async () => (await import('./quarantine.ts')).quarantine,
  'dead-letters': async () => (await import('./dead-letters.ts')).deadLetters,
  move: async () => (await import('./move.ts')).move,
  test: async () => (await import('./test.ts')).test,
  package: async () => (await import('./package.ts')).pack,
  deploy: async () => (await import('./deploy.ts')).deploy,
  rollback: async () => (await import('./rollback.ts')).rollback,
  drain: async () => (await import('./drain.ts')).drain,
  remove: async () => (await import('./remove.ts')).remove,
  fleet: async () => (await import('./fleet.ts')).fleet,
  bench: async () => (await import('./bench.ts')).bench,
  chaos: async () => (await import('./chaos.ts')).chaos,
  fuzz: async () => (await import('./fuzz.ts')).fuzz,
  cost: async () => (await import('./cost.ts')).cost,
  contracts: async () => (await import('./contracts.ts')).contracts,
  console: async () => (await import('./console.ts')).consolePage,
};
const named = Object.entries(commands).filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : Object.entries(commands)) program.addCommand(await load());

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
