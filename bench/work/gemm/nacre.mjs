import { compile, matmul, realize, tensor } from 'nacre';
import { prepare } from '../common/nacre.mjs';
import { report, sideOptions, timeCalls } from '../common/side.mjs';
import { checkProduct, makeMatrices, toGflops } from './matrices.mjs';

const options = sideOptions();
await prepare(options);
const n = options.size;
const factors = makeMatrices(n);
const a = tensor(factors.a, { shape: [n, n] });
const b = tensor(factors.b, { shape: [n, n] });
await realize(a, b);

const product = compile((a, b) => matmul(a, b));
checkProduct(await product(a, b).data(), factors, n);
const times = await timeCalls(async () => {
  await realize(product(a, b));
}, options);
report('rate', 'GFLOP/s', toGflops(times, n));
