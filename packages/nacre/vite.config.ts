import { defineConfig } from 'vite';

/** One file per entry point; `#platform`, `#files` and their like stay imports, resolved for Node or the browser by package.json. */
export default defineConfig({
  build: {
    target: 'es2022',
    sourcemap: true,
    minify: false,
    // Of the packages that are built in.
    license: { fileName: 'licenses.md' },
    lib: {
      formats: ['es'],
      entry: {
        index: 'src/index.ts',
        fft: 'src/tensor/functions/fourier.ts',
        linalg: 'src/tensor/functions/linalg.ts',
        metrics: 'src/metrics/index.ts',
        nn: 'src/nn/index.ts',
        optim: 'src/optim/index.ts',
        datasets: 'src/datasets/index.ts',
        models: 'src/models/index.ts',
        plot: 'src/plot/index.ts',
        terminal: 'src/plot/terminal/index.ts',
        tune: 'src/tune/index.ts',
        'tune-worker': 'src/tune/worker.node.ts',
        'processes.node': 'src/tune/processes.node.ts',
        'processes.browser': 'src/tune/processes.browser.ts',
        'platform.node': 'src/runtime/platform.node.ts',
        'platform.browser': 'src/runtime/platform.browser.ts',
        'files.node': 'src/io/files.node.ts',
        'files.browser': 'src/io/files.browser.ts',
        'workers.node': 'src/io/workers.node.ts',
        'workers.browser': 'src/io/workers.browser.ts',
        'raster.node': 'src/plot/raster.node.ts',
        'raster.browser': 'src/plot/raster.browser.ts',
        'native.node': 'src/runtime/native/native.node.ts',
        'tiers.node': 'src/tensor/backends/tiers.node.ts',
        'tiers.browser': 'src/tensor/backends/tiers.browser.ts',
        'native-later': 'src/tensor/backends/later-main.node.ts',
        'native.browser': 'src/runtime/native/native.browser.ts',
      },
    },
    rollupOptions: { external: [/^node:/, /^#/, 'koffi'] },
  },
});
