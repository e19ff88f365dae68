// A real browser for a test: Debian's Chromium. Where there is none, `missing` says why its tests are skipped.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (file) => file !== '' && existsSync(file),
);

/** The `skip` of a test: false where there is a browser. */
export const missing: string | false =
  executablePath === undefined && 'no Chromium here: apt-get install chromium, or name it in CHROMIUM';

/** Without the sandbox, as root must. The pages that it opens are of this machine alone. */
export function launch(more: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error(String(missing));
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...more] });
}
