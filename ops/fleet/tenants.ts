// The tenants of a stage, planned from their files alone: no account is asked.
import { readdirSync } from 'node:fs';
import { checkName } from '../../local/deployed-names.ts';
import { type Plan, planTenant } from '../../local/package-tenant.ts';
import { describeError } from '../trouble.ts';

export type Planned = { readonly tenant: string; readonly plan: Plan };

/** Every tenant that has a file. */
export function listTenants(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .sort();
  } catch (error) {
    throw new Error(
      `the folder ${folder} cannot be read (${describeError(error)}): --tenants names another`,
      {
        cause: error,
      },
    );
  }
}

type All = { readonly planned: readonly Planned[]; readonly problems: readonly string[] };

/** Plans as planTenants does, but goes on after what is wrong. Throws for a stage that none can have. */
export async function planAll(stage: string, named: readonly string[] | 'all', folder: string): Promise<All> {
  checkName('stage', stage);
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
  return { planned, problems };
}

/**
 * Plans the tenants that are named, or all that have the stage. Throws one error that names all that is wrong.
 * @param folder of the tenants' files
 */
export async function planTenants(
  stage: string,
  named: readonly string[] | 'all',
  folder: string,
): Promise<readonly Planned[]> {
  const { planned, problems } = await planAll(stage, named, folder);
  if (problems.length > 0) throw new Error(`nothing was deployed: ${problems.join('; ')}`);
  if (planned.length === 0) throw new Error(`no tenant of ${folder} has the stage ${stage}`);
  return planned;
}
