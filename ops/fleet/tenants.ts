// The tenants of a stage, planned from their files alone: no account is asked.
import { readdirSync } from 'node:fs';
import { type Plan, planTenant } from '../../local/package-tenant.ts';

export type Planned = { readonly tenant: string; readonly plan: Plan };

/** Every tenant that has a file. */
export const listTenants = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();

/**
 * Plans the tenants that are named, or all that have the stage. Throws one error that names all that is wrong.
 * @param folder of the tenants' files
 */
export async function planTenants(
  stage: string,
  named: readonly string[] | 'all',
  folder: string,
): Promise<Planned[]> {
  const problems: string[] = [];
  const planned: Planned[] = [];
  for (const tenant of named === 'all' ? listTenants(folder) : [...new Set(named)]) {
    try {
      const plan = await planTenant(stage, tenant, folder);
      if (plan !== undefined) planned.push({ tenant, plan });
      else if (named !== 'all')
        problems.push(
          `tenants/${tenant}.json: stages has no ${stage}: add "${stage}": {} if the tenant is to have it`,
        );
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new Error(`nothing was deployed: ${problems.join('; ')}`);
  if (planned.length === 0) throw new Error(`no tenant of ${folder} has the stage ${stage}`);
  return planned;
}
