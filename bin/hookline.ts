// The command line: one file a command, and only that of the one that is called is loaded.
import { Command, Help } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';

const terms = new Map(commands.map(({ term }) => [nameOf(term), term]));
const usual = new Help();
const program = new Command('hookline')
  .description('Webitel queue hooks, republished on Redis in the words of the Enigma dialler')
  .version(packageFile.version)
  .showHelpAfterError('(--help says more)')
  .configureHelp({ subcommandTerm: (command) => terms.get(command.name()) ?? usual.subcommandTerm(command) })
  .enablePositionalOptions();

const [first, second] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const called = first === 'help' ? second : first;
for (const { term, description, load } of commands) {
  const name = nameOf(term);
  const command = name === called ? await load() : new Command(name);
  program.addCommand(command.description(description));
}

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
  const { explained } = await import('../ops/trouble.ts');
  console.error(`hookline: ${explained(error)}`);
  process.exitCode = 1;
}
// What is still open by then is a connection whose other end is silent.
setTimeout(() => process.exit(), 2_000).unref();

function nameOf(term: string): string {
  return term.split(' ', 1)[0] ?? '';
}
