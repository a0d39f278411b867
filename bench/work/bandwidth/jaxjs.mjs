import { jax } from '../../peers/jaxjs.mjs';
import { sideOptions, timeCalls } from '../common/side.mjs';
import { CHAIN, checkRow, EPSILON, makeArray, reportBandwidth, shapeOf } from './work.mjs';

const { jit, nn, numpy: np } = jax;
const options = sideOptions();
const array = makeArray(options.work);
const x = np.array(array).reshape(shapeOf(options.work));
await jax.blockUntilReady([x]);

const works = {
  softmax: (x) => nn.softmax(x, 1),
  layernorm: (x) => nn.standardize(x, 1, { epsilon: EPSILON }),
  chain: (x) => nn.relu(x.mul(CHAIN.a).add(CHAIN.b)).mul(CHAIN.c),
};
const program = jit(works[options.work]);
checkRow(options.work, array, await program(x.ref).data());
const times = await timeCalls(async () => {
  const result = program(x.ref);
  await result.blockUntilReady();
  result.dispose();
}, options);
reportBandwidth(options.work, times);
