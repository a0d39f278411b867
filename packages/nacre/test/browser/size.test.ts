import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleModule } from './bundle.ts';

/** A page's code and the most bytes its bundle may have after gzip. */
const pages = {
  'a page with tensors, gradients and compiled functions': {
    code: "import { compile, grad, randn, tensor } from 'nacre';\nglobalThis.used = [compile, grad, randn, tensor];",
    most: 70_000,
  },
  'a page that trains a network with fit': {
    code: `import { evaluate, fit, nn, optim, setDevice } from 'nacre';
      const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10), new nn.ReLU(), new nn.Dropout(0.2));
      globalThis.used = [model, new optim.Adam(model.parameters()), fit, evaluate, setDevice];`,
    most: 103_000,
  },
  // Most of it is echarts, which a page fetches when a picture is drawn.
  'a page that searches for hyperparameters': {
    code: "import { randomRestarts, tune } from 'nacre/tune';\nglobalThis.used = [tune, randomRestarts];",
    most: 300_000,
  },
  'everything, as one object': {
    code: "import * as nacre from 'nacre';\nglobalThis.nacre = nacre;",
    most: 225_000,
  },
};

test.each(Object.entries(pages))('%s: its gzip size, and nothing of Node', async (name, { code, most }) => {
  const bundle = await bundleModule(code);
  const bytes = gzipSync(bundle, { level: 9 }).length;
  console.log(`${name}: ${bundle.length} bytes minified, ${bytes} bytes gzip`);
  expect(bundle).toContain('WebAssembly.Module');
  expect(bundle).not.toMatch(/['"`]node:/);
  expect(bytes).toBeLessThan(most);
});
