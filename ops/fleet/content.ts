// What a deployment is made of, as one hash: what has the same hash is deployed already.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../../local/package-tenant.ts';
import { root } from '../../local/settings.ts';
import packageFile from '../../package.json' with { type: 'json' };

/** Answers what makes the hash of a plan. @param code the hash of the bundles */
export async function hashing(code: string): Promise<(plan: Plan) => string> {
  const parts = (await readdir(join(root, 'deploy'))).filter((file) => file.endsWith('.yml')).sort();
  const texts = await Promise.all(
    ['serverless.yml', ...parts.map((part) => join('deploy', part))].map((file) =>
      readFile(join(root, file), 'utf8'),
    ),
  );
  const frame = [packageFile.devDependencies.serverless, code, ...texts];
  return ({ file: { queues }, deployment }) =>
    createHash('sha256')
      .update(JSON.stringify([frame, queues, deployment]))
      .digest('hex')
      .slice(0, 16);
}
