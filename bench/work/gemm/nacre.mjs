import { compile, matmul, realize, tensor } from 'nacre';
import { prepare, timeRuns } from '../common/nacre.mjs';
import { report, sideOptions } from '../common/side.mjs';
import { checkProduct, FORMS, makeMatrices, toGflops } from './matrices.mjs';

const options = sideOptions();
await prepare(options);
const n = options.size;
const factors = makeMatrices(n);
const a = tensor(factors.a, { shape: [n, n] });
const b = tensor(factors.b, { shape: [n, n] });
await realize(a, b);

for (const [metric, form] of Object.entries(FORMS)) {
  const product = compile((a, b) =>
    matmul(form.transposeA ? a.transpose(0, 1) : a, form.transposeB ? b.transpose(0, 1) : b),
  );
  checkProduct(await product(a, b).data(), factors, n, form);
  const times = await timeRuns(() => {
    product(a, b).dispose();
  }, options);
  report(metric, 'GFLOP/s', toGflops(times, n));
}
