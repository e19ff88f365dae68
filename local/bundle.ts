// Makes of each function, and of the live gateway, one ESM file, as it is deployed and as it runs here.
import { readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, parse } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { parse as parseYaml } from 'yaml';
import { OPENAPI_FILE } from '../lib/receive/contract.ts';
import type { Page } from '../live/console/page.ts';

export const functionNames = ['webhook', 'consumer', 'sweep'] as const;
export type FunctionName = (typeof functionNames)[number];

const root = join(import.meta.dirname, '..');

const functions = functionNames.map((name) => `functions/${name}.ts`);

/**
 * Bundles each file (without, the functions) into `<folder>/<name>/<name>.mjs`, its source map beside it, and beside the
 * webhook its description.
 */
export async function bundle(folder: string, files: readonly string[] = functions): Promise<void> {
  await bundleAs(
    folder,
    files.map((file) => ({ in: file, out: join(parse(file).name, parse(file).name) })),
  );
  if (files === functions) await writeDescription(join(folder, 'webhook', OPENAPI_FILE));
}

/** The contract as JSON: the door needs no parser of YAML. */
async function writeDescription(file: string): Promise<void> {
  const contract = await readFile(join(root, 'contracts/openapi.yaml'), 'utf8');
  await writeFile(file, JSON.stringify(parseYaml(contract)));
}

/** Bundles the live gateway, with the page of the console in it, into `<folder>/live/live.mjs`, and answers that path. */
export async function bundleGateway(folder: string): Promise<string> {
  const define = { CONSOLE_PAGE: JSON.stringify(await buildPage()) };
  await bundleAs(folder, [{ in: 'live/main.ts', out: 'live/live' }], define);
  return join(folder, 'live/live.mjs');
}

/** Makes the page of the console: one script, one style, and the document that names both. */
export async function buildPage(): Promise<Page> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { console: 'console/main.tsx' },
    outdir: '/',
    write: false,
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const find = (path: string) => outputFiles.find((file) => file.path === path)?.text ?? '';
  return {
    html: await readFile(join(root, 'console/index.html'), 'utf8'),
    script: find('/console.js'),
    style: find('/console.css'),
  };
}

/** @param define what words of the source stand for */
async function bundleAs(
  folder: string,
  entryPoints: { in: string; out: string }[],
  define: Readonly<Record<string, string>> = {},
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'warning',
    define: { ...define },
    banner: { js: "const require=process.getBuiltinModule('module').createRequire(import.meta.url);" },
    plugins: [builtinsByRequire, withoutUnused],
  });
}

/** Importing a builtin as ESM costs the cold start some 20 ms more than requiring it. */
const builtinsByRequire: Plugin = {
  name: 'builtins-by-require',
  setup({ onResolve, onLoad }) {
    const builtin = new RegExp(`^(?:node:)?(?:${builtinModules.join('|')})$`);
    onResolve({ filter: builtin }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Parts of the SDK that a door never uses, and that are there all the same: in a Lambda the credentials are in the
 * environment, and SQS has no event streams. The streams are imported dynamically, for which esbuild keeps all that
 * they touch whole, where it could shake the tree.
 */
const unused = {
  '@aws-sdk/credential-provider-node': 'defaultProvider',
  '@smithy/core/event-streams': 'EventStreamSerde',
};

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(?:${Object.keys(unused).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter, namespace: 'unused' }, ({ path }) => ({
      contents: `export function ${unused[path as keyof typeof unused]}() { throw new Error('${path} is not in the bundle'); }`,
    }));
  },
};
