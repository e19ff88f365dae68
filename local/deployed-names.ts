// The names of a deployment in an account of AWS: no two of a stage and a tenant share one.

export type DeployedNames = {
  /** also of the HTTP API and the dashboard, and the beginning of every alarm and export */
  readonly stack: string;
  readonly webhook: string;
  readonly consumer: string;
  readonly sweep: string;
  readonly events: string;
  readonly deadLetters: string;
  readonly quarantine: string;
  /** made by an operator, and no part of the stack */
  readonly secret: string;
};

/** AWS's limit of a function's name: of all the names, the first that would be too long. */
const LONGEST_FUNCTION_NAME = 64;

/** Words with one dash between: so `--` occurs nowhere but between a stage and a tenant. */
const WORDS = /^[a-z\d]+(?:-[a-z\d]+)*$/;

/** Throws an error that says which names are possible. */
export function checkName(what: 'stage' | 'tenant', name: string): void {
  if (!WORDS.test(name))
    throw new Error(
      `${what} ${name} must be lower-case letters and digits, with single dashes between: it is part of names in AWS`,
    );
}

/** Throws an error that says which names are possible. */
export function nameDeployment(stage: string, tenant: string): DeployedNames {
  checkName('stage', stage);
  checkName('tenant', tenant);
  const stack = `hookline-${stage}--${tenant}`;
  const consumer = `${stack}-consumer`;
  const excess = consumer.length - LONGEST_FUNCTION_NAME;
  if (excess > 0)
    throw new Error(
      `stage ${stage} and tenant ${tenant} together are ${excess} letters too long: the function ${consumer} may have ${LONGEST_FUNCTION_NAME}`,
    );
  return {
    stack,
    webhook: `${stack}-webhook`,
    consumer,
    sweep: `${stack}-sweep`,
    events: `${stack}-events.fifo`,
    deadLetters: `${stack}-dead-letters.fifo`,
    quarantine: `${stack}-quarantine`,
    secret: `hookline/${stage}/${tenant}`,
  };
}
