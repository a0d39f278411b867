import { tf } from '../../peers/tfjs.mjs';
import { report, sideOptions, timeCalls } from '../common/side.mjs';
import { checkProduct, FORMS, makeMatrices, toGflops } from './matrices.mjs';

const LARGEST_TRANSPOSED = 512;

const options = sideOptions();
const n = options.size;
const factors = makeMatrices(n);
const a = tf.tensor2d(factors.a, [n, n]);
const b = tf.tensor2d(factors.b, [n, n]);

for (const [metric, form] of Object.entries(FORMS)) {
  // Its transposed products of larger matrices take longer than the runner waits.
  if (metric !== 'rate' && n > LARGEST_TRANSPOSED) continue;
  const product = () => tf.matMul(a, b, form.transposeA, form.transposeB);
  checkProduct(product().dataSync(), factors, n, form);
  // The wasm backend has finished when matMul returns: reading the result would only add a copy.
  const times = await timeCalls(() => {
    product().dispose();
  }, options);
  report(metric, 'GFLOP/s', toGflops(times, n));
}
