// hookline test: every test, or those of the files that are named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';

export async function test(args: string[]): Promise<number> {
  const files = args.length > 0 ? args : globSync('test/**/*.test.ts').sort();
  const runner = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec'];
  const run = spawn(process.execPath, [...runner, ...files], { stdio: 'inherit' });
  const [code] = await once(run, 'exit');
  return code ?? 1;
}
