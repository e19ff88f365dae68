// The log lines that some code writes, kept from the output of the test runner, which goes the same way.
import type { TestContext } from 'node:test';

type Line = Readonly<Record<string, unknown>>;

/** The lines that are written from now on; everything else goes on. */
export function catchLogLines(t: TestContext): readonly Line[] {
  const lines: Line[] = [];
  const write = process.stdout.write.bind(process.stdout);
  t.mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => {
    if (typeof chunk !== 'string' || !chunk.startsWith('{"level"')) return write(chunk);
    lines.push(JSON.parse(chunk));
    return true;
  });
  return lines;
}
