// A reader of OpenMetrics 1.0.0 text that takes nothing but what the format allows.
import assert from 'node:assert/strict';

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};
export type Read = { readonly families: ReadonlyMap<string, string>; readonly samples: readonly Sample[] };

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum'],
};

/** Throws an AssertionError that quotes the line which the format does not allow. */
export function readOpenMetrics(text: string): Read {
  assert.ok(text.endsWith('# EOF\n'), 'ends with # EOF');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1);
  const families = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let current = '';
  let described = new Set<string>();
  for (const line of lines) {
    const [, word = '', name = '', rest = ''] =
      new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`).exec(line) ?? [];
    if (word !== '') {
      if (name !== current) {
        assert.ok(!families.has(name), `a family comes once, all of it together: ${line}`);
        current = name;
        described = new Set();
        families.set(name, 'unknown');
      }
      assert.ok(!described.has(word), `twice: ${line}`);
      described.add(word);
      if (word === 'TYPE') {
        assert.ok(rest in suffixes, `a known type: ${line}`);
        families.set(name, rest);
      }
      if (word === 'UNIT') assert.ok(name.endsWith(`_${rest}`), `the name ends with its unit: ${line}`);
      continue;
    }
    const sample = readSample(line);
    const allowed = (suffixes[families.get(current) ?? ''] ?? []).map((suffix) => current + suffix);
    assert.ok(allowed.includes(sample.name), `is of the family before it: ${line}`);
    const key = JSON.stringify([sample.name, sample.labels]);
    assert.ok(!seen.has(key), `a sample comes once: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  for (const [name, type] of families) if (type === 'histogram') checkHistogram(name, samples);
  return { families, samples };
}

function readSample(line: string): Sample {
  const [, name = '', , pairs = '', number = ''] =
    new RegExp(`^(${NAME})(\\{(.*)\\})? (\\S+)$`).exec(line) ?? assert.fail(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let place = 0; place < pairs.length; place = LABEL.lastIndex) {
    const [, label = '', text = ''] = LABEL.exec(pairs) ?? assert.fail(`labels: ${line}`);
    assert.ok(!(label in labels), `a label comes once: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter));
  }
  assert.match(number, /^(?:[+-]Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/, line);
  return { name, labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) };
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => labels['le'] ?? '');
  assert.equal(bounds.at(-1), '+Inf', name);
  for (const bound of bounds.slice(0, -1)) assert.match(bound, /^\d+\.\d+$/, `${name}: a bound is a float`);
  for (const list of [bounds.slice(0, -1).map(Number), buckets.map(({ value }) => value)])
    assert.deepEqual(
      list,
      list.toSorted((a, b) => a - b),
      `${name} ascends`,
    );
  const count = samples.find((sample) => sample.name === `${name}_count`);
  assert.equal(count?.value, buckets.at(-1)?.value, `${name}: all are in the last bucket`);
}

/** The value of a sample; undefined where it is not there. */
export const findValue = (
  { samples }: Read,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  )?.value;
