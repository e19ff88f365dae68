// Mutations of a body: bytes that are lost, doubled or changed, templates with holes, odd values and names.
import type { Random } from '../simulation/random.ts';

/** Answers the body with one to three things wrong, and now and then with none. */
export function mutate(random: Random, body: Buffer): Buffer {
  let mutant = body;
  for (let times = 1 + random.below(3); times > 0; times--) mutant = random.pick(mutations)(random, mutant);
  return mutant;
}

/** Answers a size from 1: small ones are as frequent as large ones, on a scale of powers. */
export const pickSize = (random: Random, largest: number): number => Math.floor(largest ** random.next());

type Mutation = (random: Random, body: Buffer) => Buffer;

const onText =
  (change: (random: Random, text: string) => string): Mutation =>
  (random, body) =>
    Buffer.from(change(random, body.toString()));

const odd = [
  '',
  '-',
  '0x10',
  '1e400',
  '9223372036854775808',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '"\\ud800"',
  '"\u{1f600}\uffff"',
  '\u0000',
  '{"__proto__":1}',
];

const mutations: readonly Mutation[] = [
  (_random, body) => body,
  (random, body) => body.subarray(random.below(body.length + 1)),
  (random, body) => body.subarray(0, random.below(body.length + 1)),
  (random, body) => {
    const changed = Buffer.from(body);
    for (let times = random.below(8); times > 0 && changed.length > 0; times--)
      changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  (random, body) => {
    const [from, to] = [random.below(body.length + 1), random.below(body.length + 1)];
    return Buffer.concat([body.subarray(0, to), body.subarray(from), body.subarray(to)]);
  },
  (random) => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
  // A text template whose variable has no value, or whose value is not escaped.
  onText((random, text) =>
    text.replace(/"[^"]*"(,?)$/gm, (match, comma: string) => (random.chance(0.1) ? comma : match)),
  ),
  onText((random, text) => text.replace(/: "/, `: "${random.pick(['"', '\\', '\n', '$'])}`)),
  onText((random, text) =>
    text.replace(/: ("[^"]*")/g, (match) => (random.chance(0.1) ? `: ${random.pick(odd)}` : match)),
  ),
  onText((random, text) =>
    text.replace(/"(\w+)":/g, (match) =>
      random.chance(0.05) ? `"${random.pick(['__proto__', 'constructor', '', 'event', 'state'])}":` : match,
    ),
  ),
  onText((random, text) => `{"deep":${'['.repeat(pickSize(random, 10_000))}${text}`),
  // Closed again, around a number that makes the reader look at each value.
  onText((random, text) => {
    const depth = pickSize(random, 10_000);
    return `{"deep":${'['.repeat(depth)}12345678901234567890${']'.repeat(depth)},${text.slice(1)}`;
  }),
  onText((random, text) => {
    const fields = Array.from({ length: pickSize(random, 1_000) }, (_, key) => `"k${key}":${key}`);
    return `{${fields.join(',')},${text.slice(1)}`;
  }),
  onText((_random, text) => {
    try {
      return new URLSearchParams(JSON.parse(text)).toString();
    } catch {
      return text.replace(/[{}"]/g, '').replace(/:/g, '=');
    }
  }),
  (random, body) => (random.chance(0.01) ? Buffer.concat([body, Buffer.alloc(300 * 1024, 'x')]) : body),
];
