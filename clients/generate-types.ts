// Makes the types of events and CDRs of both clients from the schemas in contracts/. To write them: node clients/generate-types.ts
import { readFileSync, writeFileSync } from 'node:fs';

type Schema = {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: string | true;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly then?: Schema;
  readonly else?: Schema;
};
type Language = {
  readonly alias: (name: string, others: readonly string[]) => string;
  readonly object: (name: string, fields: readonly Field[]) => string;
  /** one of these values */
  readonly literals: (values: readonly (string | true)[]) => string;
  readonly list: (item: string) => string;
  readonly simple: (type: string | undefined) => string;
};
type Field = {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | undefined;
};
type Definitions = Readonly<Record<string, Schema>>;

const folder = new URL('.', import.meta.url);
const readDefinitions = (file: string): Definitions =>
  JSON.parse(readFileSync(new URL(`../contracts/${file}`, folder), 'utf8')).$defs;
const events = readDefinitions('event.schema.json');
const cdrs = Object.fromEntries(
  // A handler's argument has the name without it.
  Object.entries(readDefinitions('cdr.schema.json')).map(([name, schema]) => [`${name}Payload`, schema]),
);
const eventNames = Object.keys(events).filter((name) => name !== 'expired_leaving');

const pascal = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase());
const nameOf = ({ $ref = '' }: Schema = {}) => pascal($ref.replace('#/$defs/', ''));

/** Columns of a line, as the formatter has them. */
const WIDTH = 110;

const typescript: Language = {
  alias: (name, others) => `export type ${name} = ${others.join(' | ')};\n`,
  object: (name, fields) => `export type ${name} = {\n${fields.map(writeProperty).join('')}};\n`,
  literals: (values) =>
    values.map((value) => (typeof value === 'string' ? `'${value}'` : `${value}`)).join(' | '),
  list: (item) => `readonly ${item}[]`,
  simple: (type) => {
    if (type === 'object') return 'Readonly<Record<string, unknown>>';
    return type === 'integer' ? 'number' : (type ?? 'unknown');
  },
};

function writeProperty({ name, type, required, description }: Field): string {
  const start = `  readonly ${name}${required ? '' : '?'}:`;
  const line = `${start} ${type};\n`;
  const broken = `${start}\n${type
    .split(' | ')
    .map((part) => `    | ${part}`)
    .join('\n')};\n`;
  return `${description === undefined ? '' : `  /** ${description} */\n`}${line.length > WIDTH ? broken : line}`;
}

const python: Language = {
  alias: (name, others) => `${name} = ${others.length > 1 ? `Union[${others.join(', ')}]` : others[0]}\n`,
  object: (name, fields) =>
    `class ${name}(TypedDict, total=False):\n${fields
      .map(
        ({ name: field, type, required, description }) =>
          `${description === undefined ? '' : `    #: ${description}\n`}    ${field}: ${required ? `Required[${type}]` : type}\n`,
      )
      .join('')}`,
  literals: (values) =>
    `Literal[${values.map((value) => (typeof value === 'string' ? `"${value}"` : 'True')).join(', ')}]`,
  list: (item) => `Sequence[${item}]`,
  simple: (type) => {
    const types = {
      string: 'str',
      boolean: 'bool',
      integer: 'int',
      number: 'float',
      object: 'Mapping[str, object]',
      null: 'None',
    };
    return types[type as keyof typeof types] ?? 'object';
  },
};

/** @param nest names a type for what an object within an object holds */
function writeType(language: Language, schema: Schema, nest: (item: Schema) => string): string {
  const { type, anyOf, items, enum: words, const: value } = schema;
  if (anyOf !== undefined) return anyOf.map((each) => writeType(language, each, nest)).join(' | ');
  if (words !== undefined) return language.literals(words);
  if (value !== undefined) return language.literals([value]);
  if (items !== undefined) return language.list(nest(items));
  if (typeof type === 'object') return type.map(language.simple).join(' | ');
  return language.simple(type);
}

function* define(language: Language, definitions: Definitions): Generator<string> {
  const later: string[] = [];
  const items = new Map<string, string>();
  const writeObject = (name: string, { properties = {}, required }: Schema): string => {
    const fields = Object.entries(properties).map(([field, schema]) => ({
      name: field,
      type: writeType(language, schema, (item) => {
        const named = pascal(`${field}_item`);
        items.set(named, writeObject(named, item));
        return named;
      }),
      required: required?.includes(field) ?? false,
      description: schema.description,
    }));
    return language.object(name, fields);
  };
  const objects: string[] = [];
  for (const [key, definition] of Object.entries(definitions)) {
    const name = pascal(key);
    if (definition.$ref !== undefined) later.push(language.alias(name, [nameOf(definition)]));
    else if (definition.then !== undefined)
      later.push(language.alias(name, [nameOf(definition.then), nameOf(definition.else)]));
    else objects.push(writeObject(name, definition));
  }
  yield* items.values();
  yield* objects;
  yield* later;
}

const describeOrigin = (what: string, file: string) =>
  `${what}, made by clients/generate-types.ts from contracts/${file}.`;
const ofEvents = describeOrigin('The payload of each event', 'event.schema.json');
const ofCdrs = describeOrigin('The payload of a CDR', 'cdr.schema.json');

/** The files by their path from the root. */
export const generated = (): Readonly<Record<string, string>> => ({
  'clients/node/src/events.ts': [
    `// ${ofEvents}\n`,
    ...define(typescript, events),
    `export const eventNames = [\n${eventNames.map((name) => `  '${name}',\n`).join('')}] as const;\n`,
    `/** The payload of each event by its name. */\nexport type Payloads = {\n${eventNames
      .map((name) => `  readonly ${name}: ${pascal(name)};\n`)
      .join('')}};\n`,
  ].join('\n'),
  'clients/node/src/cdrs.ts': [`// ${ofCdrs}\n`, ...define(typescript, cdrs)].join('\n'),
  'clients/python/hookline_worker/events.py': [
    `"""${ofEvents}"""\n`,
    'from typing import Literal, Mapping, Required, TypedDict, Union\n',
    ...define(python, events),
    `EventName = Literal[${eventNames.map((name) => `"${name}"`).join(', ')}]\n`,
  ].join('\n'),
  'clients/python/hookline_worker/cdrs.py': [
    `"""${ofCdrs}"""\n`,
    'from typing import Literal, Mapping, Required, Sequence, TypedDict\n',
    ...define(python, cdrs),
  ].join('\n'),
});

if (import.meta.main)
  for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(`../${path}`, folder), text);
