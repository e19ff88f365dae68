// hookline test: every test, or those of the files that are named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { scratch } from '../local/scratch.ts';
import { root } from '../local/settings.ts';

export const test = new Command('test')
  .argument('[files...]', 'such as test/redis/publisher.test.ts')
  .option('--coverage', 'and fail where lib, functions and live are covered less than they were')
  .action(run);

/** What must be covered, in percent: raise it when it grows. */
const LEAST = { lines: 98, branches: 95, functions: 96 };

const coverage = [
  '--experimental-test-coverage',
  `--import=${pathToFileURL(join(root, 'test/support/own-coverage.ts'))}`,
  ...['lib', 'functions', 'live'].map((folder) => `--test-coverage-include=${folder}/**`),
  ...Object.entries(LEAST).map(([what, percent]) => `--test-coverage-${what}=${percent}`),
];

async function run(named: string[], options: { readonly coverage?: true }): Promise<void> {
  const files = named.length > 0 ? named : globSync('test/**/*.test.ts').sort();
  // Most tests wait for something else than this machine's two cores.
  const runner = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=3',
    ...(options.coverage ? coverage : []),
  ];
  await using compiled = await scratch();
  // The commands that tests run load the same code again and again. Of compiled code no coverage can be measured.
  const cache = {
    NODE_COMPILE_CACHE: compiled.path,
    ...(options.coverage && { NODE_DISABLE_COMPILE_CACHE: '1' }),
  };
  const tests = spawn(process.execPath, [...runner, ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...cache },
  });
  const [code] = await once(tests, 'exit');
  process.exitCode = code ?? 1;
}
