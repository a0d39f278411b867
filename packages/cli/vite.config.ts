import { defineConfig } from 'vite';

/**
 * The command line: an entry that is quick to load, and a file for each command that it loads when asked; every package,
 * `nacre` included, stays an import.
 *
 * Names carry no hash and nothing is deleted before writing: `npm start` builds, and another one may be running from these files.
 */
export default defineConfig({
  build: {
    target: 'node20',
    sourcemap: true,
    minify: false,
    ssr: true,
    emptyOutDir: false,
    lib: { formats: ['es'], entry: { main: 'src/main.ts' } },
    rollupOptions: {
      external: [/^node:/, /^[a-z@]/],
      output: { chunkFileNames: '[name].js' },
    },
  },
});
