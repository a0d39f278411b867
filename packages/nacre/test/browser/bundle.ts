import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions, type InlineConfig } from 'vite';

/** Where a path beside this file lies. */
export const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const common: InlineConfig = { logLevel: 'warn', mode: 'production', clearScreen: false };

/** Builds the example page as `npm run example:build` does, into a folder. */
export async function buildExample(outDir: string): Promise<void> {
  const root = pathOf('../../../../examples/browser');
  await build({
    ...common,
    root,
    configFile: `${root}/vite.config.ts`,
    build: { outDir, emptyOutDir: true },
  });
}

/** Bundles the sources of the library for a browser with what `root` holds, an index.html. */
export async function buildPage(root: string, outDir: string): Promise<void> {
  await build({
    ...common,
    root,
    base: './',
    configFile: false,
    resolve: { conditions: ['nacre-source', ...defaultClientConditions] },
    worker: { format: 'es' },
    // echarts alone is larger than what Vite warns of.
    build: { target: 'es2022', outDir, emptyOutDir: true, chunkSizeWarningLimit: 1000 },
  });
}

/** Minified code for a browser. */
export interface Bundle {
  /** What a page loads at its start. */
  readonly start: string;
  /** What it loads when it is asked for. */
  readonly later: string;
}

/** Bundles one module with the built package, as a page of a user's does. */
export async function bundleModule(code: string): Promise<Bundle> {
  const id = 'virtual:entry';
  const output = await build({
    ...common,
    configFile: false,
    root: pathOf('.'),
    plugins: [
      {
        name: 'entry',
        resolveId: (source) => (source === id ? pathOf('./virtual-entry.js') : undefined),
        load: (path) => (path === pathOf('./virtual-entry.js') ? code : undefined),
      },
    ],
    build: { target: 'es2022', write: false, minify: true, rolldownOptions: { input: id } },
  });
  const chunks = (Array.isArray(output) ? output : [output])
    .flatMap((part) => ('output' in part ? part.output : []))
    .filter((part) => part.type === 'chunk');
  const named = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const start = new Set<string>();
  const take = (name: string): void => {
    if (start.has(name)) return;
    start.add(name);
    for (const other of named.get(name)?.imports ?? []) take(other);
  };
  for (const { fileName, isEntry } of chunks) if (isEntry) take(fileName);
  const join = (isAtStart: boolean): string =>
    chunks
      .filter(({ fileName }) => start.has(fileName) === isAtStart)
      .map((chunk) => chunk.code)
      .join('\n');
  return { start: join(true), later: join(false) };
}
