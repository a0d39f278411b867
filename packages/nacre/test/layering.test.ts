import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const source = resolve(dirname(fileURLToPath(import.meta.url)), '../src');
const architecture = resolve(source, '../../../docs/architecture.md');

/** The rows of the table in section 2 of docs/architecture.md, top first: each the folders it consists of. */
function layers(): string[][] {
  const text = readFileSync(architecture, 'utf8');
  const table = /## 2\. Layers[\s\S]*?```\n([\s\S]*?)```/.exec(text)![1];
  return table
    .trim()
    .split('\n')
    .map((row) => row.split('|')[1].trim().split(/\s+/));
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') && entry.name !== 'testing.ts'
      ? [path]
      : [];
  });
}

const importPattern = /(?:from|import)\s*\(?\s*'([^']+)'/g;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly file: string;
}

const folderOf = (path: string): string => relative(source, path).split(sep)[0];

/** What `#platform`, `#files` and their like stand for. */
const aliases: Readonly<Record<string, string>> = {
  '#platform': 'runtime',
  '#native': 'runtime',
  '#files': 'io',
  '#workers': 'io',
  '#processes': 'tune',
  '#tiers': 'tensor',
  '#raster': 'plot',
};

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(importPattern)].flatMap(([, target]) => {
    const to = aliases[target] ?? (target.startsWith('.') ? folderOf(resolve(dirname(file), target)) : null);
    return to ? [{ from: folderOf(file), to, file: relative(source, file) }] : [];
  });
}

describe('layers', () => {
  const rows = layers();
  const rank = new Map(rows.flatMap((row, i) => row.map((folder) => [folder, i] as const)));
  const inFolders = files(source).filter((file) => relative(source, file).includes(sep));
  const imports = inFolders.flatMap(importsOf);

  test('every folder of the library has its row in docs/architecture.md', () => {
    const folders = new Set(inFolders.map(folderOf));
    expect([...folders].filter((folder) => !rank.has(folder))).toEqual([]);
  });

  test('the test sees imports', () => {
    expect(imports.filter(({ from, to }) => from !== to).length).toBeGreaterThan(50);
  });

  test('no import points upward', () => {
    const upward = imports.filter(({ from, to }) => rank.get(to)! < rank.get(from)!);
    expect(upward.map(({ from, to, file }) => `${file}: ${from} imports ${to}`)).toEqual([]);
  });

  test('no two folders of one row import each other in a circle', () => {
    const edges = new Set(
      imports.filter(({ from, to }) => from !== to).map(({ from, to }) => `${from}>${to}`),
    );
    expect([...edges].filter((edge) => edges.has(edge.split('>').reverse().join('>')))).toEqual([]);
  });

  test('files for Node alone are reached only through conditional imports', () => {
    const direct = inFolders
      .filter((file) => !/\.(node|browser)\.ts$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8');
        return [...text.matchAll(importPattern)]
          .filter(([, target]) => target.startsWith('node:') || /\.node\.ts$/.test(target))
          .map(([, target]) => `${relative(source, file)}: ${target}`);
      });
    expect(direct).toEqual([]);
  });
});
