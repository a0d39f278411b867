import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

type ContextOptions = Parameters<Browser['newContext']>[0];

/** Opens a page in a context of its own, hands it over, and fails if it wrote an error to its console that is not expected. */
export async function visit(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<void>,
  { expected, ...options }: ContextOptions & { readonly expected?: RegExp } = {},
): Promise<void> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1200, height: 860 },
    ...options,
  });
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  try {
    const page = await context.newPage();
    await page.goto(url);
    await use(page);
    expect(errors.filter((error) => !expected?.test(error))).toEqual([]);
  } finally {
    await context.close();
  }
}
