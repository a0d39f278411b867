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

/** Bundles one module for a browser, minified, and gives its code. */
export async function bundleModule(code: string): Promise<string> {
  const id = 'virtual:entry';
  const output = await build({
    ...common,
    configFile: false,
    root: pathOf('.'),
    resolve: { conditions: ['nacre-source', ...defaultClientConditions] },
    plugins: [
      {
        name: 'entry',
        resolveId: (source) => (source === id ? pathOf('./virtual-entry.js') : undefined),
        load: (path) => (path === pathOf('./virtual-entry.js') ? code : undefined),
      },
    ],
    build: { target: 'es2022', write: false, minify: true, rolldownOptions: { input: id } },
  });
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((part) =>
    'output' in part ? part.output : [],
  );
  return chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n');
}
