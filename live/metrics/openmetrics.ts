// OpenMetrics 1.0.0, "Text format": figures as Prometheus and others read them.

export const CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

type Common = {
  /** without the suffix that its type adds */
  readonly name: string;
  readonly help: string;
};

export type Sample = { readonly labels?: Labels; readonly value: number };

export type Histogram = {
  /** how many were at most so large; the last is of all, at infinity */
  readonly buckets: readonly (readonly [atMost: number, count: number])[];
  readonly sum: number;
};

export type Family =
  | (Common & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (Common & { readonly type: 'histogram'; readonly histogram: Histogram });

/** A whole exposition. A family without samples is left out: what is not known is not zero. */
export const writeOpenMetrics = (families: readonly Family[]): string =>
  `${families.flatMap(writeFamily).join('')}# EOF\n`;

function writeFamily(family: Family): string[] {
  const { name, type, help } = family;
  if (family.type !== 'histogram' && family.samples.length === 0) return [];
  const unit = name.endsWith('_seconds') ? [`# UNIT ${name} seconds\n`] : [];
  return [
    `# TYPE ${name} ${type}\n`,
    ...unit,
    `# HELP ${name} ${escapeText(help)}\n`,
    ...writeSamples(family),
  ];
}

function writeSamples(family: Family): string[] {
  const { name } = family;
  if (family.type !== 'histogram') {
    const suffix = family.type === 'counter' ? '_total' : '';
    return family.samples.map(({ labels = {}, value }) => writeSample(`${name}${suffix}`, labels, value));
  }
  const { buckets, sum } = family.histogram;
  return [
    ...buckets.map(([atMost, count]) => writeSample(`${name}_bucket`, { le: writeBound(atMost) }, count)),
    writeSample(`${name}_count`, {}, buckets.at(-1)?.[1] ?? 0),
    writeSample(`${name}_sum`, {}, sum),
  ];
}

function writeSample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeText(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

const escapeText = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

/** A bound is a float, and looks like one. */
function writeBound(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isInteger(value) ? `${value}.0` : `${value}`;
}
