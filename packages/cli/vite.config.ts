import { readdirSync } from 'node:fs';
import { defineConfig } from 'vite';

const folder = new URL('../../examples/', import.meta.url);

/** Each example is a program of its own, `dist/examples/<name>.js`, which `nacre run` starts. */
const examples = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [`examples/${file.slice(0, -'.ts'.length)}`, new URL(file, folder).pathname]),
);

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
    lib: { formats: ['es'], entry: { main: 'src/main.ts', ...examples } },
    rollupOptions: {
      external: [/^node:/, /^[a-z@]/],
      output: { chunkFileNames: '[name].js' },
    },
  },
});
