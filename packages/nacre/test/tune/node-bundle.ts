import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';

const source = (file: string): string => fileURLToPath(new URL(`../../src/${file}`, import.meta.url));

/** Bundles the sources of `nacre` and `nacre/tune` for Node, with the program of a worker beside them, as the package is built. */
export async function bundleForNode(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['nacre-source', ...defaultServerConditions] },
    ssr: { resolve: { conditions: ['nacre-source', 'node', 'import', 'default'] } },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'es2022',
      rolldownOptions: {
        input: {
          index: source('index.ts'),
          tune: source('tune/index.ts'),
          'tune-worker': source('tune/worker.node.ts'),
        },
        external: [/^node:/, 'koffi'],
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
}
