/** axe-core in the page: put in before the page's own scripts, so that its policy has nothing to refuse. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContext, Page } from '@playwright/test';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly target: readonly unknown[] }[];
}

interface Axe {
  run(context: Document, options: unknown): Promise<{ readonly violations: readonly Violation[] }>;
}

export const installAxe = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript({ path: axeFile });

/** As {@link violations}, on a page that was opened without axe. */
export async function violationsNow(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axeFile, 'utf8'));
  return violations(page);
}

/** What the page shows now, against WCAG 2.2 A and AA; one line for each element that fails. */
export const violations = (page: Page): Promise<string[]> =>
  page.evaluate(async (values) => {
    const { axe } = window as unknown as { axe: Axe };
    const found = await axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, target }) => `${id}: ${help}: ${target.join(' ')}: ${html.slice(0, 160)}`),
    );
  }, levels);
