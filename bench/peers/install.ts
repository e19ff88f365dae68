// Installs the peers beside the project, under .local/peers: none is a dependency of it, and none runs as a service.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root as project } from '../../local/settings.ts';

const run = promisify(execFile);
const local = join(project, '.local/peers');

/** An npm peer: the folder above its node_modules. */
export type Npm = { readonly folder: string; readonly versionOf: (name: string) => string };

/** Packages of the distribution, unpacked. */
export type Debian = {
  readonly root: string;
  readonly libraries: string;
  /** finds the libraries that the machine lacks */
  readonly env: NodeJS.ProcessEnv;
  readonly versionOf: (name: string) => string;
};

/** Installs what the lock in the peer's folder says, unless that very lock is installed. Rejects with npm's words. */
export async function installNpm(name: string): Promise<Npm> {
  const source = join(import.meta.dirname, name);
  const folder = join(local, name);
  const copy = join(folder, 'installed-lock.json');
  const wanted = await readFile(join(source, 'package-lock.json'), 'utf8');
  if ((await readFile(copy, 'utf8').catch(() => '')) !== wanted) {
    await mkdir(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json'])
      await cp(join(source, file), join(folder, file));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: folder });
    await cp(join(folder, 'package-lock.json'), copy);
  }
  const manifest = (of: string) => readFileSync(join(folder, 'node_modules', of, 'package.json'), 'utf8');
  return { folder, versionOf: (of) => JSON.parse(manifest(of)).version };
}

const packages = ['nginx', 'libnginx-mod-http-lua', 'lua-cjson', 'webdis'];
/** Pure Lua; its dependency would be a whole nginx-extras. */
const alone = ['lua-nginx-redis'];

/**
 * Unpacks the packages and those of their dependencies that this machine lacks: to install them would start nginx on
 * port 80. Needs no rights, but apt-get and its lists; rejects with its words.
 */
export async function unpackDebian(): Promise<Debian> {
  const folder = join(local, 'debian');
  const archives = join(folder, 'archives');
  const root = join(folder, 'root');
  const there = await readdir(folder).catch((): string[] => []);
  if (!there.includes('complete')) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(archives, 'partial'), { recursive: true });
    const options = ['-y', '--no-install-recommends', '--download-only', '--reinstall'];
    const here = ['-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1'];
    await run('apt-get', ['install', ...options, ...here, ...packages]);
    await run('apt-get', ['download', ...alone], { cwd: archives });
    for (const file of await readdir(archives))
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(archives, file), root]);
    await mkdir(join(folder, 'complete'));
  }
  const triplet = `${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const libraries = join(root, 'usr/lib', triplet);
  const files = await readdir(archives);
  return {
    root,
    libraries,
    env: { LD_LIBRARY_PATH: `${libraries}:${join(root, 'lib', triplet)}` },
    versionOf: (name) => {
      const version = files.find((file) => file.startsWith(`${name}_`))?.split('_')[1] ?? '';
      return decodeURIComponent(version).replace(/^\d+:|[-+].*$/g, '');
    },
  };
}
