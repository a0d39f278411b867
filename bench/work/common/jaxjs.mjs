/**
 * The network of the training benchmarks in jax-js: the whole step, with dropout and Adam, inside one `jit`.
 * In jax-js an array is used up by the operation it is given to; `.ref` keeps it for one use more.
 */
import { jax } from '../../peers/jaxjs.mjs';
import { DROPOUT, LAYERS, makeImages, PIXELS } from './images.mjs';

const { jit, nn, numpy: np, random, tree, valueAndGrad } = jax;

const LEARNING_RATE = 0.001;
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Weights and biases, uniform in ±1/√fanIn. */
function makeParameters() {
  return LAYERS.slice(1).map((fanOut, i) => {
    const bound = 1 / Math.sqrt(LAYERS[i]);
    const range = { minval: -bound, maxval: bound };
    return {
      weight: random.uniform(random.key(2 * i), [LAYERS[i], fanOut], range),
      bias: random.uniform(random.key(2 * i + 1), [fanOut], range),
    };
  });
}

/**
 * @param {number} batch images a step
 */
function makeLoss(batch) {
  return (parameters, key, x, y) => {
    let hidden = x;
    const keys = random.split(key, LAYERS.length - 2);
    parameters.forEach(({ weight, bias }, i) => {
      hidden = np.matmul(hidden, weight).add(bias);
      if (i === parameters.length - 1) return;
      const keep = random.bernoulli(keys.ref.slice(i), 1 - DROPOUT, [batch, LAYERS[i + 1]]);
      hidden = np.where(keep, nn.relu(hidden).mul(1 / (1 - DROPOUT)), 0);
    });
    keys.dispose();
    return nn
      .logSoftmax(hidden)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
}

/**
 * A jitted train step on one batch.
 * @param {number} batch images a step
 * @returns {() => Promise<number>} does one step and gives its loss
 */
export function makeTrainStep(batch) {
  const { images, labels } = makeImages(batch);
  const x = np.array(images).reshape([batch, PIXELS]);
  const y = nn.oneHot(np.array(labels, { dtype: np.int32 }), 10);
  const loss = makeLoss(batch);

  const step = jit(({ parameters, mean, square, power1, power2, key }, x, y) => {
    const keys = random.split(key, 2);
    const [value, gradient] = valueAndGrad(loss)(tree.ref(parameters), keys.ref.slice(0), x, y);
    const nextMean = tree.map((m, g) => m.mul(BETA1).add(g.mul(1 - BETA1)), mean, tree.ref(gradient));
    const nextSquare = tree.map((v, g) => v.mul(BETA2).add(g.ref.mul(g).mul(1 - BETA2)), square, gradient);
    // β₁ᵗ and β₂ᵗ are carried along, so that the bias correction needs no power.
    const nextPower1 = power1.mul(BETA1);
    const nextPower2 = power2.mul(BETA2);
    const scale1 = np.reciprocal(np.array(1).sub(nextPower1.ref)).mul(LEARNING_RATE);
    const scale2 = np.reciprocal(np.array(1).sub(nextPower2.ref));
    const nextParameters = tree.map(
      (p, m, v) => p.sub(m.mul(scale1.ref).div(np.sqrt(v.mul(scale2.ref)).add(EPSILON))),
      parameters,
      tree.ref(nextMean),
      tree.ref(nextSquare),
    );
    scale1.dispose();
    scale2.dispose();
    const state = {
      parameters: nextParameters,
      mean: nextMean,
      square: nextSquare,
      power1: nextPower1,
      power2: nextPower2,
      key: keys.slice(1),
    };
    return [value, state];
  });

  const parameters = makeParameters();
  let state = {
    mean: tree.map((p) => np.zeros(p.shape), parameters),
    square: tree.map((p) => np.zeros(p.shape), parameters),
    parameters,
    power1: np.array(1),
    power2: np.array(1),
    key: random.key(0),
  };
  return async () => {
    const [value, next] = step(state, x.ref, y.ref);
    state = next;
    return (await value.data())[0];
  };
}
