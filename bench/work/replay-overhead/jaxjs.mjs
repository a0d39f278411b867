/**
 * The same step as in nacre.mjs, jitted: five layers of two by two, SGD. Here the loss is read in every call: jax-js is
 * lazy, and without a read its pending work grows, so that each call takes longer than the one before.
 */
import { jax } from '../../peers/jaxjs.mjs';
import { checkLearned, report, sideOptions, timeCalls } from '../common/side.mjs';

const { jit, numpy: np, random, tree, valueAndGrad } = jax;
const options = sideOptions();
const x = np.array([[0.5, -0.25]]);
const y = np.array([[0.75, 0.1]]);

const loss = (parameters, x, y) => {
  const output = parameters.reduce((h, { weight, bias }) => np.matmul(h, weight).add(bias), x);
  return np.square(output.sub(y)).mean();
};
const step = jit((parameters, x, y) => {
  const [value, gradient] = valueAndGrad(loss)(tree.ref(parameters), x, y);
  return [value, tree.map((p, g) => p.sub(g.mul(1e-6)), parameters, gradient)];
});

let parameters = Array.from({ length: 5 }, (_, i) => ({
  weight: random.uniform(random.key(2 * i), [2, 2], { minval: -0.7, maxval: 0.7 }),
  bias: random.uniform(random.key(2 * i + 1), [2], { minval: -0.7, maxval: 0.7 }),
}));
const advance = async () => {
  const [value, next] = step(parameters, x.ref, y.ref);
  parameters = next;
  return (await value.data())[0];
};

const before = await advance();
let after = before;
const times = await timeCalls(async () => {
  after = await advance();
}, options);
checkLearned(before, after);
report(
  'call',
  'µs',
  times.map((seconds) => seconds * 1e6),
);
