// A chart of the day: one series as bars or a line. A library of charts would be twice as large as all of the page.
import { writeMinute } from './words.ts';

type Props = {
  readonly title: string;
  readonly unit: string;
  /** epoch ms of the first step, and the length of each */
  readonly from: number;
  readonly step: number;
  /** null: nothing to measure in that step */
  readonly values: readonly (number | null)[];
  readonly bars?: boolean;
};

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [600, 164, 44, 14, 24];
/** A day of few steps is not stretched over all the width. */
const FEWEST = 36;

export function Chart({ title, unit, from, step, values, bars = false }: Props) {
  const known = values.filter((value) => value !== null);
  const most = roundUp(Math.max(1, ...known));
  const columns = Math.max(FEWEST, values.length);
  const width = (WIDTH - LEFT) / columns;
  const x = (index: number) => LEFT + index * width;
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const last = known.at(-1);
  const summary =
    last === undefined
      ? `${title}: nothing yet`
      : `${title} since ${writeMinute(from)}: at most ${Math.max(...known)} ${unit}, last ${last} ${unit}`;
  return (
    <figure>
      <figcaption>
        {title}{' '}
        <small>
          ({unit}, every {step / 60_000} min)
        </small>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
        {[0, most / 2, most].map((value) => (
          <g key={value} class="grid">
            <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
              {Number.isInteger(value) ? value : value.toFixed(1)}
            </text>
          </g>
        ))}
        {listHours(from, step, columns).map(([index, label]) => (
          <text key={label} class="hour" x={x(index)} y={HEIGHT - 4} text-anchor="middle">
            {label}
          </text>
        ))}
        {bars ? (
          values.map((value, index) =>
            value === null || value === 0 ? null : (
              <rect
                key={index}
                x={x(index) + 0.5}
                y={y(value)}
                width={Math.max(1, width - 1)}
                height={y(0) - y(value)}
              />
            ),
          )
        ) : (
          <Line points={placePoints(values, x, y, width)} />
        )}
      </svg>
    </figure>
  );
}

type Point = readonly [x: number, y: number];

const placePoints = (
  values: Props['values'],
  x: (index: number) => number,
  y: (value: number) => number,
  width: number,
): Point[] =>
  values.flatMap((value, index) => (value === null ? [] : [[x(index) + width / 2, y(value)] as const]));

/** Steps without a value are bridged by a straight line. */
function Line({ points }: { readonly points: readonly Point[] }) {
  return (
    <>
      <path
        d={
          points.length === 0 ? '' : `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}`
        }
      />
      {points.map(([x, y]) => (
        <circle key={x} cx={x} cy={y} r={2} />
      ))}
    </>
  );
}

function listHours(from: number, step: number, columns: number): [number, string][] {
  const every = (columns * step) / 3_600_000 > 12 ? 4 : (columns * step) / 3_600_000 > 5 ? 2 : 1;
  return Array.from({ length: columns }, (_, index): [number, string] => [
    index,
    writeMinute(from + index * step),
  ]).filter(
    ([index, label]) => index > 0 && label.endsWith(':00') && Number(label.slice(0, 2)) % every === 0,
  );
}

/** To a number that is easy to halve. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 6, 10].find((each) => each * power >= value) ?? 10;
  return Math.max(2, factor * power);
}
