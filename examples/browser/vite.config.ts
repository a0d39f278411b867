import { defaultClientConditions, defineConfig } from 'vite';
import { digitsPlugin } from './digits-plugin.ts';

/** With these a page is cross-origin isolated: its threads may share memory. Any server that sends them will do. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [digitsPlugin()],
  // The library's sources rather than its build, so that a change shows at once.
  resolve: { conditions: ['nacre-source', ...defaultClientConditions] },
  worker: { format: 'es' },
  // Reading 21 MB of digits takes most of the time of a build, as it must.
  build: { target: 'es2022', rolldownOptions: { checks: { pluginTimings: false } } },
  server: { headers },
  preview: { headers },
});
