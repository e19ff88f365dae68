// The sources, by the segment of their path: POST /hooks/<name>.
import { cloudevents } from './cloudevents.ts';
import type { Source } from './source.ts';
import { webitel } from './webitel.ts';

export const sources = { webitel, cloudevents } as const satisfies Record<string, Source>;

export type SourceName = keyof typeof sources;

/** A path of hooks: whose they are, and the last segment when there is one. */
export type HookPath = { readonly source: SourceName; readonly segment: string | undefined };

/** Reads `/hooks/<source>` and `/hooks/<source>/<event>`; repeated slashes are one. Answers undefined for all else. */
export function readPath(path: string): HookPath | undefined {
  const [, name = '', segment] = HOOKS.exec(plainPath(path)) ?? [];
  if (!isSourceName(name)) return undefined;
  return segment && !sources[name].eventInPath ? undefined : { source: name, segment: segment || undefined };
}

/** Repeated slashes are one: the base URL of a flow may end in a slash. */
export const plainPath = (path: string): string => path.replace(/\/{2,}/g, '/');

const HOOKS = /^\/hooks\/([^/]+)(?:\/([^/]*))?\/?$/;

const isSourceName = (name: string): name is SourceName => Object.hasOwn(sources, name);
