import { jax } from '../../peers/jaxjs.mjs';
import { report, sideOptions, timeCalls } from '../common/side.mjs';
import { checkProduct, FORMS, makeMatrices, toGflops } from './matrices.mjs';

const { jit, numpy: np } = jax;
const options = sideOptions();
const n = options.size;
const factors = makeMatrices(n);
const a = np.array(factors.a).reshape([n, n]);
const b = np.array(factors.b).reshape([n, n]);
await jax.blockUntilReady([a, b]);

for (const [metric, form] of Object.entries(FORMS)) {
  const product = jit((a, b) =>
    np.matmul(form.transposeA ? np.transpose(a) : a, form.transposeB ? np.transpose(b) : b),
  );
  checkProduct(await product(a.ref, b.ref).data(), factors, n, form);
  const times = await timeCalls(async () => {
    const result = product(a.ref, b.ref);
    await result.blockUntilReady();
    result.dispose();
  }, options);
  report(metric, 'GFLOP/s', toGflops(times, n));
}
