/** Writes the reference into `docs/api`, without what an earlier run left there. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from './pages.ts';

/** Gives how many pages and names were written. */
export function writeReference(root: string): { pages: number; names: number } {
  const folder = join(root, 'docs/api');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (file.endsWith('.md')) rmSync(join(folder, file));
  const { pages, entries } = reference(join(root, 'packages/nacre/src'), '../../packages/nacre/src');
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
  return { pages: pages.size, names: entries.length };
}
