// A body without its personal data: what is wrong with its form, and with the names of its fields, can still be seen.

const KEPT_WORDS = /^(?:true|false|null)$/;
/** What the name of a field looks like. A number is none: it may be somebody's. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/;
/** A form of such names, as it is written when nothing is wrong with it. */
const FORM = /^[A-Za-z_][A-Za-z0-9_]{0,39}=[^=&\s]*(?:&[A-Za-z_][A-Za-z0-9_]{0,39}=[^=&\s]*)*$/;

/**
 * Masks every word, but for the known ones and the names of the body's fields: the keys of a JSON object at its top
 * level, which may be broken further on, and of a well-formed form. In any other body a name can't be told from data.
 */
export function masked(body: string, known: ReadonlySet<string>): string {
  const mask = (text: string) =>
    text.replace(/[\p{L}\p{N}_]+/gu, (word) =>
      known.has(word) || KEPT_WORDS.test(word) ? word : word.replace(/./gu, '•'),
    );
  let shown = '';
  let end = 0;
  for (const [from, to] of namesIn(body)) {
    shown += mask(body.slice(end, from)) + body.slice(from, to);
    end = to;
  }
  return shown + mask(body.slice(end));
}

type Span = readonly [from: number, to: number];

function namesIn(body: string): Span[] {
  const text = body.trim();
  const spans = text.startsWith('{') ? topLevelKeys(body) : FORM.test(text) ? formKeys(body) : [];
  return spans.filter(([from, to]) => NAME.test(body.slice(from, to)));
}

const formKeys = (body: string): Span[] =>
  [...body.matchAll(/(^\s*|&)(\w+)=/g)].map(({ 1: before = '', 2: name = '', index }) => {
    const from = index + before.length;
    return [from, from + name.length];
  });

/**
 * Strings before a colon, one brace deep. One that never ends is taken to the end of the body: else each quote in it
 * would be looked for an end of its own.
 */
function topLevelKeys(body: string): Span[] {
  const spans: Span[] = [];
  let depth = 0;
  for (const { 0: token, index } of body.matchAll(/"(?:[^"\\]|\\.?)*(?:"(?:\s*:)?|$)|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) spans.push([index + 1, index + token.lastIndexOf('"')]);
  }
  return spans;
}
