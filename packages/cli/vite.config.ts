import { defineConfig } from 'vite';

/** The command line is one file; every package it uses, `nacre` included, stays an import. */
export default defineConfig({
  build: {
    target: 'node20',
    sourcemap: true,
    minify: false,
    ssr: true,
    lib: { formats: ['es'], entry: { main: 'src/main.ts' } },
    rollupOptions: { external: [/^node:/, /^[a-z@]/] },
  },
});
