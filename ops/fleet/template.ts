// A CloudFormation template, as far as a deployment looks into it.
import * as z from 'zod/mini';
import { jsonText, parseSettings } from '../../lib/config.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
});
const template = z.looseObject({
  Resources: z.record(z.string(), resource),
  Outputs: z.optional(z.record(z.string(), z.unknown())),
});

export type Resource = z.infer<typeof resource>;
export type Template = z.infer<typeof template>;

/** What a stack that does not exist has. */
export const nothing: Template = { Resources: {} };

export const BUCKET = 'ServerlessDeploymentBucket';

/** CloudFormation's bound of a template that comes with the call itself. */
const LARGEST = 51_200;

export const readTemplate = (text: string): Template =>
  parseSettings(z.object({ template: z.pipe(jsonText('{"Resources":{}}'), template) }), { template: text })
    .template;

/** The text of a template as a call takes it. Throws when it is too long. */
export function writeTemplate(made: Template): string {
  const text = JSON.stringify(made);
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST)
    throw new Error(
      `the template has ${bytes} bytes, and CloudFormation takes ${LARGEST}: allowedIps and the lists of the tenant's file are the long ones`,
    );
  return text;
}

/** What a stack says about itself: its outputs change with what is deployed, and go back with it. */
export type Imprint = {
  /** hash of all that was deployed */
  readonly content: string;
  /** what was deployed before */
  readonly previous: string | undefined;
};

const CLOSED = '-draining';

/** The content of a stack whose door is closed, while nothing else changed. */
export const closedContent = (content: string): string => `${openContent(content)}${CLOSED}`;

/** The content with its door open: what a rollback leads to is a version, never a closed door. */
export const openContent = (content: string): string =>
  content.endsWith(CLOSED) ? content.slice(0, -CLOSED.length) : content;

export const stamp = (made: Template, { content, previous }: Imprint): Template => {
  const { PreviousContent: _, ...outputs } = made.Outputs ?? {};
  const before = previous === undefined ? {} : { PreviousContent: { Value: previous } };
  return { ...made, Outputs: { ...outputs, Content: { Value: content }, ...before } };
};

/** The zip of each function moved to where it lies by its content: what has not changed is not uploaded or published. */
export function placeCode(made: Template, place: (zip: string) => string) {
  const resources = Object.entries(made.Resources).map(([name, each]) => {
    const code = each.Properties?.['Code'];
    if (each.Type !== 'AWS::Lambda::Function' || typeof code !== 'object' || code === null)
      return [name, each] as const;
    const key = 'S3Key' in code ? String(code.S3Key) : '';
    const S3Key = place(key.split('/').at(-1) ?? '');
    return [name, { ...each, Properties: { ...each.Properties, Code: { ...code, S3Key } } }] as const;
  });
  return { ...made, Resources: Object.fromEntries(resources) };
}

/** The variables of a function's environment that are texts. */
export function readVariables(made: Template, name: string): Record<string, string> {
  const environment = made.Resources[name]?.Properties?.['Environment'];
  const variables = z.object({ Variables: z.record(z.string(), z.unknown()) }).safeParse(environment);
  if (!variables.success) return {};
  return Object.fromEntries(
    Object.entries(variables.data.Variables).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value]] : [],
    ),
  );
}

export const ofType = (made: Template, type: string): [string, Resource][] =>
  Object.entries(made.Resources).filter(([, { Type }]) => Type === type);
