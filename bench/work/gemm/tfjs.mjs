import { tf } from '../../peers/tfjs.mjs';
import { report, sideOptions, timeCalls } from '../common/side.mjs';
import { checkProduct, makeMatrices, toGflops } from './matrices.mjs';

const options = sideOptions();
const n = options.size;
const factors = makeMatrices(n);
const a = tf.tensor2d(factors.a, [n, n]);
const b = tf.tensor2d(factors.b, [n, n]);

checkProduct(tf.matMul(a, b).dataSync(), factors, n);
// The wasm backend has finished when matMul returns: reading the result would only add a copy.
const times = await timeCalls(() => {
  tf.matMul(a, b).dispose();
}, options);
report('rate', 'GFLOP/s', toGflops(times, n));
