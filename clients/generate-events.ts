// Makes the types of events of both clients from contracts/event.schema.json. To write them: node clients/generate-events.ts
import { readFileSync, writeFileSync } from 'node:fs';

type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly then?: Schema;
  readonly else?: Schema;
};
type Language = {
  readonly alias: (name: string, others: readonly string[]) => string;
  readonly object: (name: string, fields: readonly Field[]) => string;
  readonly type: (schema: Schema) => string;
};
type Field = { readonly name: string; readonly type: string; readonly required: boolean };

const folder = new URL('.', import.meta.url);
const schema: { readonly $defs: Readonly<Record<string, Schema>> } = JSON.parse(
  readFileSync(new URL('../contracts/event.schema.json', folder), 'utf8'),
);
const eventNames = Object.keys(schema.$defs).filter((name) => name !== 'expired_leaving');

const pascal = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase());
const nameOf = ({ $ref = '' }: Schema = {}) => pascal($ref.replace('#/$defs/', ''));

const typescript: Language = {
  alias: (name, others) => `export type ${name} = ${others.join(' | ')};\n`,
  object: (name, fields) =>
    `export type ${name} = {\n${fields
      .map((field) => `  readonly ${field.name}${field.required ? '' : '?'}: ${field.type};\n`)
      .join('')}};\n`,
  type: ({ type, enum: words }) => {
    if (words !== undefined) return words.map((word) => `'${word}'`).join(' | ');
    if (type === 'object') return 'Readonly<Record<string, unknown>>';
    return type === 'integer' ? 'number' : (type ?? 'unknown');
  },
};

const python: Language = {
  alias: (name, others) => `${name} = ${others.length > 1 ? `Union[${others.join(', ')}]` : others[0]}\n`,
  object: (name, fields) =>
    `class ${name}(TypedDict, total=False):\n${fields
      .map((field) => `    ${field.name}: ${field.required ? `Required[${field.type}]` : field.type}\n`)
      .join('')}`,
  type: ({ type, enum: words }) => {
    if (words !== undefined) return `Literal[${words.map((word) => `"${word}"`).join(', ')}]`;
    const types = {
      string: 'str',
      boolean: 'bool',
      integer: 'int',
      number: 'float',
      object: 'Mapping[str, object]',
    };
    return types[type as keyof typeof types] ?? 'object';
  },
};

function* define(language: Language): Generator<string> {
  const later: string[] = [];
  for (const [key, definition] of Object.entries(schema.$defs)) {
    const name = pascal(key);
    if (definition.$ref !== undefined) later.push(language.alias(name, [nameOf(definition)]));
    else if (definition.then !== undefined)
      later.push(language.alias(name, [nameOf(definition.then), nameOf(definition.else)]));
    else {
      const fields = Object.entries(definition.properties ?? {}).map(([field, type]) => ({
        name: field,
        type: language.type(type),
        required: definition.required?.includes(field) ?? false,
      }));
      yield language.object(name, fields);
    }
  }
  yield* later;
}

const ORIGIN =
  'The payload of each event, made by clients/generate-events.ts from contracts/event.schema.json.';

/** The files by their path from the root. */
export const generated = (): Readonly<Record<string, string>> => ({
  'clients/node/src/events.ts': [
    `// ${ORIGIN}\n`,
    ...define(typescript),
    `export const eventNames = [\n${eventNames.map((name) => `  '${name}',\n`).join('')}] as const;\n`,
    `/** The payload of each event by its name. */\nexport type Payloads = {\n${eventNames
      .map((name) => `  readonly ${name}: ${pascal(name)};\n`)
      .join('')}};\n`,
  ].join('\n'),
  'clients/python/hookline_worker/events.py': [
    `"""${ORIGIN}"""\n`,
    'from typing import Literal, Mapping, Required, TypedDict, Union\n',
    ...define(python),
    `EventName = Literal[${eventNames.map((name) => `"${name}"`).join(', ')}]\n`,
  ].join('\n'),
});

if (import.meta.main)
  for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(`../${path}`, folder), text);
