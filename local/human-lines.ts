// The log of a run for whoever looks at a terminal: its JSON lines, each as a short line of text.
import * as z from 'zod/mini';

const WIDTH = 80;
const INDENT = ' '.repeat(10);

const text = z._default(z.coerce.string(), '');
const event = z.object({ event: text, attempt_id: text, queue_id: text, repeat: z.optional(z.boolean()) });
const error = z.object({ message: text });

const logged = z.object({
  ...event.shape,
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  /** only lines of the functions with figures have it */
  function: z.optional(z.string()),
  /** the gateway's lines have a number there */
  events: z.catch(z.array(event), []),
  status: z.optional(z.number()),
  detail: text,
  problems: z._default(z.array(z.object({ path: z.string(), message: z.string() })), []),
  error: z.optional(error),
  remedy: text,
  causes: z._default(z.array(z.object({ error, remedy: text })), []),
  given_back: z._default(z.number(), 0),
});

type Logged = z.infer<typeof logged>;
type LoggedEvent = z.infer<typeof event>;

/** A colour of the terminal, a word of what happened, and the rest. */
type Line = readonly [colour: number, word: string, rest: string];

const [RED, GREEN, YELLOW, PLAIN] = [31, 32, 33, 0];

/** Where a remedy isn't in the line: what to do about a refusal that keeps nothing. */
const remedies: Readonly<Record<number, string>> = {
  401: 'compare the token of the flow with HOOK_TOKENS',
  403: 'add the address of the flow to ALLOWED_IPS',
  404: 'post to /hooks/webitel',
  405: 'hooks go by POST',
  413: 'send 256 KiB at most',
};

/**
 * A line of the log as text of at most 80 columns a line: one line for each event; a remedy that doesn't fit goes on
 * below. What is no line of the log is answered as it is.
 * @param at when it was printed, in local time
 */
export function humanLines(line: string, at: Date, colours: boolean): readonly string[] {
  const entry = parseLine(line);
  if (entry === undefined) return [line];
  const time = at.toTimeString().slice(0, 8);
  return layOut(entry).flatMap(([colour, word, rest]) => {
    const [first = '', ...more] = wrap(`${time}  ${printable(word).padEnd(9)}  ${printable(rest)}`.trimEnd());
    return [colours ? first.replace(word, `\u001b[${colour}m${word}\u001b[0m`) : first, ...more];
  });
}

/** From now on the JSON lines that are printed to this stream are text. NO_COLOR takes the colours away. */
export function printForPeople(stream: NodeJS.WriteStream, env = process.env): void {
  const colours = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const write = stream.write.bind(stream);
  const readable = (chunk: Uint8Array | string) =>
    String(typeof chunk === 'string' ? chunk : Buffer.from(chunk))
      .split(/(?<=\n)/)
      .flatMap((line) =>
        line.endsWith('\n')
          ? humanLines(line.slice(0, -1), new Date(), colours).map((each) => `${each}\n`)
          : [line],
      )
      .join('');
  stream.write = (
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ) => {
    const written = typeof encoding === 'function' ? encoding : done;
    return write(readable(chunk), written);
  };
}

function parseLine(line: string): Logged | undefined {
  try {
    return logged.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function layOut(entry: Logged): readonly Line[] {
  const { level, message, status = 0, error: failure } = entry;
  const published = entry.events.map((each): Line => [GREEN, 'published', eventText(each)]);
  switch (message) {
    case 'accepted':
      return [[PLAIN, 'accepted', eventText(entry)]];
    case 'relayed':
      return published;
    case 'given back':
      return [...published, [YELLOW, 'waits', waitText(entry)]];
    case 'quarantined':
      return [[YELLOW, `refused ${status}`, problemText(entry)]];
    case 'refused':
      // The live gateway has no figures.
      return [[YELLOW, `refused ${status}`, entry.function ? (remedies[status] ?? '') : 'see LIVE_USERS']];
    case 'lost: SQS took nothing':
      return [[RED, `lost ${status}`, remedyText(failure?.message ?? '', entry.remedy)]];
    default:
      return [
        [
          { info: PLAIN, warn: YELLOW, error: RED }[level],
          level,
          remedyText([message, failure?.message].filter(Boolean).join(': '), entry.remedy),
        ],
      ];
  }
}

const eventText = ({ event: name, queue_id, attempt_id, repeat }: LoggedEvent) =>
  [
    name.padEnd(12),
    ...(queue_id ? [`queue ${queue_id}`] : []),
    ...(attempt_id ? [`attempt ${attempt_id}`] : []),
    ...(repeat ? ['repeat'] : []),
  ].join('  ');

function problemText({ problems, detail }: Logged): string {
  const [first, ...more] = problems;
  if (first === undefined) return detail;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `${[first.path, first.message].filter(Boolean).join(' ')}${rest}`;
}

const waitText = ({ causes, given_back: count }: Logged) =>
  `${count} ${count === 1 ? 'event' : 'events'}: ${causes
    .map(({ error: { message }, remedy }) => remedyText(message, remedy))
    .join('; ')}`;

const remedyText = (what: string, remedy: string) => [what, remedy].filter(Boolean).join(' → ');

/** Texts of a hook reach a terminal here: no control character of theirs may. */
const printable = (words: string) => words.replace(/[^\x20-\x7e→]/g, '?');

/** At words; one that is longer than a line is cut through. */
function wrap(line: string): readonly string[] {
  if (line.length <= WIDTH) return [line];
  const space = line.lastIndexOf(' ', WIDTH);
  const end = space > INDENT.length ? space : WIDTH;
  return [line.slice(0, end).trimEnd(), ...wrap(`${INDENT}${line.slice(end).trimStart()}`)];
}
