// The commands on a fleet of their own: the fake of AWS, and a folder of tenants' files.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratch } from '../../../local/scratch.ts';
import { root } from '../../../local/settings.ts';
import { startFakeAws } from '../../support/fake-aws.ts';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

export async function startFleet() {
  await using starting = new AsyncDisposableStack();
  const aws = starting.use(await startFakeAws());
  const folder = starting.use(await scratch());
  const tenants = join(folder.path, 'tenants');
  await mkdir(tenants);
  const packaging = {
    NODE_OPTIONS: `--import=${new URL('package-once.ts', import.meta.url)}`,
    PACKAGED: join(folder.path, 'packaged'),
  };
  await mkdir(packaging.PACKAGED);
  const write = (tenant: string, file: object) =>
    writeFile(join(tenants, `${tenant}.json`), JSON.stringify(file));
  /** The fleet's folders go with every command; credentials are the fake's. @param heard what it prints, as it does */
  const hookline = (
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    heard: (text: string) => void = () => {},
  ) =>
    new Promise<Ended>((resolve) => {
      const { PATH, NODE_COMPILE_CACHE } = process.env;
      const inherited = { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', COLUMNS: '80' };
      const child = execFile(
        'bin/hookline',
        [...args, '--tenants', tenants],
        { cwd: root, env: { ...inherited, ...packaging, ...aws.env, ...env }, timeout: 300_000 },
        (_, out, err) => resolve({ code: child.exitCode ?? 1, out, err }),
      );
      child.stdout?.on('data', (text) => heard(String(text)));
    });
  const running = starting.move();
  return { aws, write, hookline, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
