// hookline send: posts one payload file to a running bridge and prints the answer.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { localSettings } from '../local/settings.ts';

export async function send(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { url: { type: 'string' }, token: { type: 'string' }, event: { type: 'string' } },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new Error('name one payload file, such as events/webitel/offering.json');
  }
  const { PORT, HOOK_TOKENS } = localSettings();
  const base = values.url ?? `http://127.0.0.1:${PORT}`;
  const path = values.event === undefined ? '' : `/${encodeURIComponent(values.event)}`;
  const token = values.token ?? HOOK_TOKENS.split(',')[0]?.trim() ?? '';
  const response = await fetch(`${base.replace(/\/$/, '')}/hooks/webitel${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: await readFile(file),
  });
  console.log(`${response.status} ${await response.text()}`);
  return response.ok ? 0 : 1;
}
