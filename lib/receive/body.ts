// The three forms in which a flow posts: an object template, a text template, a form.
import { Rejected } from '../errors.ts';

/** No double needs more digits; a longer number is not worth the comparison. */
const LONGEST_NUMBER = 400;

/** Reads a body by its looks, never by its content-type. Throws Rejected: neither a JSON object nor a form. */
export function readBody(body: Uint8Array): Record<string, unknown> {
  // Bytes that are no UTF-8 become U+FFFD: a mangled name is better than a lost call.
  const text = new TextDecoder().decode(body).trim();
  if (text.startsWith('[')) throw unreadable('The body is a JSON array; an object is needed');
  if (text.startsWith('{')) return parseExactly(text);
  if (text.includes('=')) return Object.fromEntries(new URLSearchParams(text));
  throw unreadable(text === '' ? 'The body is empty' : 'The body is neither a JSON object nor a form');
}

/** The body with some fields set, as a JSON object; without any, as it came. Throws Rejected. */
export const setFields = (body: Uint8Array, set: Readonly<Record<string, unknown>>): Uint8Array =>
  Object.keys(set).length === 0 ? body : Buffer.from(JSON.stringify({ ...readBody(body), ...set }));

/** How a number begins that a double may not hold: it has 16 characters, or an exponent of three digits. */
const MAYBE_INEXACT = /[:[,]\s*-?\d(?:[\d.eE+-]{15}|[\d.]*[eE][+-]?\d{3})/;

function parseExactly(text: string): Record<string, unknown> {
  try {
    // The reviver costs more than all the rest of the door, so only where it may be needed.
    if (!MAYBE_INEXACT.test(text)) return JSON.parse(text);
    return JSON.parse(text, (_key, value, context?: { source?: string }) =>
      typeof value === 'number' ? exact(value, context?.source) : value,
    );
  } catch (error) {
    // The reviver recurses: only nesting can exhaust its stack.
    if (error instanceof RangeError)
      throw new Rejected('invalid', 'The body is nested too deeply', [{ path: '', message: 'nest less' }]);
    throw unreadable(
      'The body begins like JSON but is not: in a text template, put quotes around every variable',
      error,
    );
  }
}

/** A number that a double can't hold stays the text that it was. */
const exact = (value: number, source = String(value)): number | string =>
  source.length <= LONGEST_NUMBER && sameDecimal(source, String(value)) ? value : source;

const sameDecimal = (a: string, b: string) => a === b || canonical(a) === canonical(b);

/** The digits without zeros at either end, and the power of ten of the last: 1.50 and 15e-1 are both 15e-1. */
function canonical(decimal: string): string {
  const [mantissa = '', exponent = '0'] = decimal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${mantissa.startsWith('-') ? '-' : ''}${significant}e${power}`;
}

const unreadable = (detail: string, cause?: unknown) => new Rejected('unreadable', detail, [], { cause });
