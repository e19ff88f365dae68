// tenants/<tenant>.json: what is known of a tenant's queues, who may see what live, and the settings of each stage.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { closestMatch } from 'leven';
import * as z from 'zod/mini';
import { explainIssue, jsonText } from '../lib/config.ts';
import type { Knowledge } from '../lib/receive/receive.ts';
import { type LiveSettings, readLiveSettings } from '../live/config.ts';
import { root } from './settings.ts';
import { listSettings, tenantSchema } from './tenant-schema.ts';

export type TenantFile = {
  readonly queues: Knowledge['queues'];
  readonly live: LiveSettings;
  /** as the file has them: the settings for every stage, and the stages with what differs there */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stages: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
};

export const TENANTS = join(root, 'tenants');

/** As tenantFile, but locally a tenant may have no file. */
export const localTenantFile = async (tenant: string): Promise<Pick<TenantFile, 'queues' | 'live'>> =>
  existsSync(join(TENANTS, `${tenant}.json`)) ? tenantFile(tenant) : { queues: {}, live: readLiveSettings() };

/** Throws an error that names the file, the keys and the remedies. @param folder where the files of tenants are */
export async function tenantFile(tenant: string, folder = TENANTS): Promise<TenantFile> {
  const file = `${basename(folder)}/${tenant}.json`;
  const text = await readFile(join(folder, `${tenant}.json`), 'utf8').catch(() => {
    throw new Error(
      `${file} is missing: a copy of tenants/example.json with the queues of ${tenant}, or "queues": {}`,
    );
  });
  try {
    return readTenantFile(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The text of a tenant's file. Throws an error that names the keys and the remedies. */
export function readTenantFile(text: string): TenantFile {
  const result = z.pipe(jsonText('{"queues":{}}'), tenantSchema).safeParse(text);
  if (!result.success) throw new Error(result.error.issues.map(explainProblem).join('; '));
  const { queues, live } = result.data;
  // What the settings mean was checked; the environment takes them as they are written.
  const { settings = {}, stages } = written.parse(JSON.parse(text));
  return { queues, live: readLiveSettings(live), settings, stages };
}

const values = z.record(z.string(), z.unknown());
const written = z.object({ settings: z.optional(values), stages: z.optional(z.record(z.string(), values)) });

function explainProblem(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `${place} ${explainIssue(issue)}`.trim();
  const known = listKnown(issue.path);
  return issue.keys
    .map((key) => {
      const meant = closestMatch(key, known, { maxDistance: Math.floor(key.length / 2) });
      const remedy = meant === undefined ? `docs/deploy.md has the keys` : `is ${meant} meant?`;
      return `${[...issue.path, key].join('.')} is unknown: ${remedy}`;
    })
    .join('; ');
}

const listKnown = ([first, ...rest]: readonly PropertyKey[]): string[] => {
  if (first === undefined) return Object.keys(tenantSchema.shape);
  const ofSettings = first === 'settings' ? rest.length === 0 : first === 'stages' && rest.length === 1;
  return ofSettings ? listSettings() : [];
};
