// Makes of each function one ESM file, as it is deployed and as it runs here.
import { builtinModules } from 'node:module';
import { join, parse } from 'node:path';
import { build, type Plugin } from 'esbuild';

export const functionNames = ['webhook', 'consumer'] as const;
export type FunctionName = (typeof functionNames)[number];

const root = join(import.meta.dirname, '..');

const functions = functionNames.map((name) => `functions/${name}.ts`);

/** Bundles each file (without, the functions) into `<folder>/<name>/<name>.mjs`, its source map beside it. */
export async function bundle(folder: string, files: readonly string[] = functions): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => ({ in: file, out: join(parse(file).name, parse(file).name) })),
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
    banner: { js: "const require=process.getBuiltinModule('module').createRequire(import.meta.url);" },
    plugins: [builtinsByRequire, withoutCredentialChain],
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

/** In a Lambda the credentials are in the environment: the chain that looks elsewhere is 100 KB never used. */
const withoutCredentialChain: Plugin = {
  name: 'without-credential-chain',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents:
        "export const defaultProvider = () => { throw new Error('Credentials come from the environment'); };",
    }));
  },
};
