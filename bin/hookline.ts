// The command line: one file a command.
import { bench } from './bench.ts';
import { chaos } from './chaos.ts';
import { fuzz } from './fuzz.ts';
import { pack } from './package.ts';
import { send } from './send.ts';
import { start } from './start.ts';
import { test } from './test.ts';

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  start,
  test,
  send,
  package: pack,
  bench,
  chaos,
  fuzz,
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;

if (command === undefined) {
  console.error(`hookline: the commands are ${Object.keys(commands).join(', ')}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await command(args);
  } catch (error) {
    console.error(`hookline ${name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
