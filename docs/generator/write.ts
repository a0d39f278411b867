/** Writes the reference into a folder, without what an earlier run left there. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { reference } from './pages.ts';

/** Gives how many pages and names were written. `source` is the folder of the library's sources. */
export function writeReference(source: string, folder: string): { pages: number; names: number } {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (file.endsWith('.md')) rmSync(join(folder, file));
  const { pages, entries } = reference(source, relative(folder, source).replaceAll('\\', '/'));
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
  return { pages: pages.size, names: entries.length };
}
