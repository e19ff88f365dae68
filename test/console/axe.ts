// axe, in a page: what is a serious breach of accessibility.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { readonly html: string }[];
};

/** Each serious breach, with the first element that has it. */
export async function findBreaches(page: Page): Promise<string[]> {
  // Not as a script of the page: that its policy forbids.
  await page.evaluate(source);
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes: [node] }) => `${id}: ${node?.html}`);
}
