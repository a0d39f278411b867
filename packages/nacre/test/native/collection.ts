import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/runtime/native/cache.node.ts';
import type { ForeignFunctions, ForeignLibrary } from '../../src/runtime/native/ffi.ts';
import { cache, flags, native, sanitize } from './toolchain.ts';
import { batchUnits } from './units.ts';

/** The programs of a whole run of the tests, from the run that collects them to the run in C; `run.mjs` does one after the other. */

const sources = join(cache, 'sources');
const indexFile = join(cache, sanitize ? 'index-sanitize.json' : 'index.json');

/** By the hash of its source: the library's path, and the ending of its symbols. */
type Index = Record<string, readonly [path: string, suffix: string]>;

/** Keeps the programs that one file of tests has met. */
export function storeCollected(testFile: string, programs: readonly string[]): void {
  mkdirSync(sources, { recursive: true });
  writeFileSync(join(sources, `${sha256(testFile)}.json`), JSON.stringify(programs));
}

/** Compiles what was collected: each file's programs in units of their own, so that a change in one leaves the others in the cache. */
export async function compileCollected(): Promise<number> {
  const known = new Set<string>();
  const index: Index = {};
  const work: Promise<void>[] = [];
  for (const file of readdirSync(sources).sort()) {
    const all = JSON.parse(readFileSync(join(sources, file), 'utf8')) as string[];
    const fresh = all.filter((program) => !known.has(program));
    for (const program of fresh) known.add(program);
    const units = batchUnits(fresh, 4);
    for (const [number, source] of units.sources.entries()) {
      const build = native.buildLibrary(source, { name: 'batch', flags }).then(({ path }) => {
        for (const [program, { unit, suffix }] of units.places)
          if (unit === number) index[sha256(program)] = [path, suffix];
      });
      work.push(build);
    }
  }
  await Promise.all(work);
  writeFileSync(indexFile, JSON.stringify(index));
  return known.size;
}

const stored: Index =
  process.env.NACRE_BATCH === 'run' && existsSync(indexFile)
    ? (JSON.parse(readFileSync(indexFile, 'utf8')) as Index)
    : {};
const loaded = new Map<string, ForeignLibrary>();
const ffi: ForeignFunctions | null = Object.keys(stored).length ? await native.ffi() : null;

/** A program that was compiled by `compileCollected`. */
export function findStored(source: string): { library: ForeignLibrary; suffix: string } | undefined {
  const entry = ffi && stored[sha256(source)];
  if (!entry) return undefined;
  const [path, suffix] = entry;
  let library = loaded.get(path);
  if (!library) {
    library = ffi.load(path);
    loaded.set(path, library);
  }
  return { library, suffix };
}
