// Runs a Webitel flow over real HTTP, by the rules of its engine (flow_manager): only the blocks that our flow uses.
// Blocks and forms are alike in all versions from 24.04 on; where the versions differ, an Engine says how.
import { setTimeout } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';

type Texts = Readonly<Record<string, string>>;

export type HttpRequest = {
  readonly url: string;
  readonly method?: string;
  /** milliseconds, 1000 unless told */
  readonly timeout?: number;
  readonly headers?: Texts;
  readonly path?: Texts;
  readonly data: Texts | string;
  readonly responseCode?: string;
};

export type Block =
  | { readonly set: Texts }
  | { readonly softSleep: number }
  | { readonly if: { readonly expression: string; readonly then: Block[]; readonly else: Block[] } }
  | { readonly while: { readonly condition: string; readonly maxSteps?: unknown; readonly do: Block[] } }
  | { readonly httpRequest: HttpRequest };

type Engine = {
  /** the values of `path` are URL-encoded, as they no longer are since 2025-06-19 */
  readonly encodesPath: boolean;
  /** the values in an object template are escaped */
  readonly escapes: boolean;
  /** a header may hold variables anywhere, not only be one */
  readonly fillsHeaders: boolean;
};

/** How the engine of each release differs; a release that is not here works like the nearest older one. */
export const engines = {
  '24.04': { encodesPath: true, escapes: false, fillsHeaders: false },
  '24.08': { encodesPath: true, escapes: true, fillsHeaders: false },
  '25.08': { encodesPath: false, escapes: true, fillsHeaders: false },
  '26.06': { encodesPath: false, escapes: true, fillsHeaders: true },
} satisfies Record<string, Engine>;

export type Release = keyof typeof engines;
export const releases = Object.keys(engines) as Release[];

type Scope = { readonly variables: Map<string, string>; readonly globals: Texts; readonly engine: Engine };

const LOCAL = /\$\{([\s\S]*?)\}/g;
const GLOBAL = /\$\$\{([\s\S]*?)\}/g;

/** What the engine deletes from an expression. */
const WORDS = /\b(?:function|case|if|return|new|switch|var|this|typeof|for|while|break|do|continue)\b/g;

/** Answers the variables as the flow leaves them. Throws at a block or an expression that can't be run. */
export async function runFlow(
  schema: readonly Block[],
  hook: Texts,
  globals: Texts,
  release: Release,
): Promise<Map<string, string>> {
  // Variables without a value are dropped before a flow starts.
  const variables = new Map(Object.entries(hook).filter(([, value]) => value !== ''));
  await runAll(schema, { variables, globals, engine: engines[release] });
  return variables;
}

async function runAll(blocks: readonly Block[], scope: Scope): Promise<void> {
  for (const block of blocks) await run(block, scope);
}

async function run(block: Block, scope: Scope): Promise<void> {
  if ('set' in block) {
    for (const [name, value] of Object.entries(block.set)) scope.variables.set(name, decoded(value, scope));
  } else if ('softSleep' in block) {
    await setTimeout(block.softSleep);
  } else if ('if' in block) {
    await runAll(holds(block.if.expression, scope) ? block.if.then : block.if.else, scope);
  } else if ('while' in block) {
    const { condition, maxSteps, do: body } = block.while;
    // A number is ignored.
    const most = typeof maxSteps === 'string' ? Number(maxSteps) : 1000;
    for (let step = 0; step < most && (step === 0 || holds(condition, scope)); step += 1)
      await runAll(body, scope);
  } else if ('httpRequest' in block) {
    await request(block.httpRequest, scope);
  } else {
    throw new Error(`no such block: ${Object.keys(block)}`);
  }
}

async function request(options: HttpRequest, scope: Scope): Promise<void> {
  const { url, method = 'POST', timeout = 1000, data, responseCode } = options;
  const path = mapped(wholes(options.path, scope), (value) =>
    scope.engine.encodesPath ? escapedForUrl(value) : value,
  );
  const target = filled(
    url.trim().replace(LOCAL, (given, name) => path[name] ?? given),
    scope,
  );
  const given = scope.engine.fillsHeaders
    ? mapped(options.headers, (value) => decoded(value, scope))
    : wholes(options.headers, scope);
  const headers = { 'content-type': 'application/json', ...given };
  const body = bodyOf(data, headers['content-type'], scope);
  try {
    const response = await fetch(target, { method, headers, body, signal: AbortSignal.timeout(timeout) });
    if (responseCode !== undefined) scope.variables.set(responseCode, String(response.status));
    await response.body?.cancel();
  } catch {
    // No answer: the engine logs it and goes on, and the variable stays what it was.
  }
}

function bodyOf(data: Texts | string, type: string, scope: Scope): string {
  if (type.startsWith('application/x-www-form-urlencoded'))
    return typeof data === 'string' ? data : form(wholes(data, scope));
  if (typeof data === 'string') return filled(data, scope);
  return filled(JSON.stringify(data), scope, scope.engine.escapes ? escaped : undefined);
}

/** Go's url.Values: sorted by name, a space as plus and a plus as %2B; alike in every release. */
const form = (values: Texts) =>
  Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map((word) => escapedForUrl(word).replaceAll('%20', '+')).join('='))
    .join('&');

/** Go's url.QueryEscape, with %20 for a space. */
const escapedForUrl = (value: string) =>
  encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The engine's own escaping: it forgets the backslash, and a quote behind one. */
const escaped = (value: string) =>
  value.replace(/(?<!\\)"|\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** One pass over a text; a variable without a value is "". */
const filled = (text: string, { variables }: Scope, written = (value: string) => value) =>
  text.replace(LOCAL, (_, name) => written(variables.get(name) ?? ''));

/** The same with global variables, which are filled in first. */
const decoded = (text: string, scope: Scope) =>
  filled(
    text.replace(GLOBAL, (_, name) => scope.globals[name] ?? ''),
    scope,
  );

/** Path, form and, in 26.04 and older, headers: only a value that is nothing but one variable is replaced. */
const wholes = (values: Texts = {}, { variables, globals }: Scope) =>
  mapped(values, (value) => {
    if (!value.endsWith('}')) return value;
    if (value.startsWith('$${')) return globals[value.slice(3, -1)] ?? '';
    return value.startsWith('${') ? (variables.get(value.slice(2, -1)) ?? '') : value;
  });

const mapped = (values: Texts = {}, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));

function holds(expression: string, { variables, globals }: Scope): boolean {
  const script = expression.replace(GLOBAL, 'globally("$1")').replace(LOCAL, 'locally("$1")');
  const known = {
    globally: (name: string) => globals[name] ?? '',
    locally: (name: string) => variables.get(name) ?? '',
  };
  return Boolean(runInNewContext(`_result = ${script.replace(WORDS, '')}`, known));
}
