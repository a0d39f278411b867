import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleModule } from './bundle.ts';

/** A page's code, and the most bytes that it may load at its start, after gzip. */
const pages = {
  'a page with tensors, gradients and compiled functions': {
    code: "import { compile, grad, randn, tensor } from 'nacre';\nglobalThis.used = [compile, grad, randn, tensor];",
    most: 70_000,
  },
  'a page that trains a network with fit': {
    code: `import { evaluate, fit, nn, optim, setDevice } from 'nacre';
      const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10), new nn.ReLU(), new nn.Dropout(0.2));
      globalThis.used = [model, new optim.Adam(model.parameters()), fit, evaluate, setDevice];`,
    most: 100_000,
  },
  // The pictures' echarts, much larger, comes when one is drawn.
  'a page that searches for hyperparameters': {
    code: "import { randomRestarts, tune } from 'nacre/tune';\nglobalThis.used = [tune, randomRestarts];",
    most: 75_000,
  },
  'everything, as one object': {
    code: "import * as nacre from 'nacre';\nglobalThis.nacre = nacre;",
    most: 205_000,
  },
};

test.each(Object.entries(pages))('%s: its gzip size, and nothing of Node', async (name, { code, most }) => {
  const { start, later } = await bundleModule(code);
  const [bytes, bytesLater] = [start, later].map((part) => gzipSync(part, { level: 9 }).length);
  console.log(
    `${name}: ${start.length} bytes minified, ${bytes} bytes gzip; ${bytesLater} more when asked for`,
  );
  expect(start).toContain('WebAssembly.Module');
  expect(start + later).not.toMatch(/['"`]node:/);
  expect(bytes).toBeLessThan(most);
});
