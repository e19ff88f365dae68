// How commands speak: text for people, JSON for programs.
import { printable } from '../lib/printable.ts';

/** Prints text whose lines may hold what came from outside. */
export const print = (text: string): void => console.log(text.split('\n').map(printable).join('\n'));

/** Prints one line of JSON. */
export const printJson = (value: unknown): void => console.log(printable(JSON.stringify(value)));

/** In a colour of the terminal, by its SGR number. Plain where it is no terminal, or where NO_COLOR is set. */
export const coloured = (colour: number | undefined, text: string): string =>
  colour !== undefined && process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    ? `\u001b[${colour}m${text}\u001b[0m`
    : text;

/** How wide a line may be: COLUMNS, else the terminal's width; without a terminal there is no bound. */
export function columns(): number {
  const set = Number(process.env['COLUMNS']);
  if (Number.isInteger(set) && set > 0) return set;
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const measureWidth = (character: string) =>
  /\p{M}|\u200d/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;

/** A text of at most so many columns; what is longer ends in an ellipsis. */
export function fit(text: string, width: number): string {
  let used = 0;
  let fitting = '';
  for (const character of text) {
    used += measureWidth(character);
    if (used > width) return `${fitting}…`;
    // The ellipsis needs a column, too.
    if (used <= width - 1) fitting += character;
  }
  return text;
}

const WIDTH = 80;

/** In lines that a terminal holds, broken between words. */
export const fold = (text: string): string => text.split('\n').map(foldLine).join('\n');

function foldLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  for (const word of line.trimStart().split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** Rows as a table of plain columns, widths by their content. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => printable(String(row[column] ?? ''))));
  const widths = columns.map((column, place) =>
    Math.max(column.length, ...cells.map((row) => row[place]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, place) => cell.padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd();
  return [columns, ...cells].map(line).join('\n');
}

/**
 * The same, within 80 columns by names in the first of them that are cut: each row is still known from the others, and
 * where no cut would do that, names stay as they are.
 */
export function namedTable(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const [first] = rows;
  const column = first && Object.keys(first)[0];
  if (column === undefined) return '';
  const others = rows.map(({ [column]: _, ...rest }) => rest);
  const room =
    WIDTH -
    Math.max(
      0,
      ...table(others)
        .split('\n')
        .map(({ length }) => length + 2),
    );
  const names = fitNames(
    rows.map((row) => String(row[column])),
    room,
  );
  return table(rows.map((row, place) => ({ ...row, [column]: names[place] ?? '' })));
}

function fitNames(names: readonly string[], room: number): readonly string[] {
  if (names.every(({ length }) => length <= room)) return names;
  const start = names.length > 1 ? commonStart(names) : 0;
  const cut = names.map((name) => elide(start > 1 ? `…${name.slice(start)}` : name, room));
  return new Set(cut).size === new Set(names).size ? cut : names;
}

/** How many letters all begin with, up to a dash. */
function commonStart([first = '', ...others]: readonly string[]): number {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.lastIndexOf('-', length - 1) + 1;
}

/** Without its middle. */
function elide(text: string, room: number): string {
  if (text.length <= room) return text;
  const half = Math.max(1, room - 1) / 2;
  return `${text.slice(0, Math.ceil(half))}…${text.slice(text.length - Math.floor(half))}`;
}

/** How long ago, in the largest unit that fits. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const) {
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`;
  }
  return `${seconds} s`;
}

/** A line that is written over on a terminal, and not at all elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
