/** A train step of one of the networks on one batch, all of it inside one `jit`; the loss is read after every step. */
import { jax } from '../../peers/jaxjs.mjs';
import { makeTrainStep } from '../common/jaxjs.mjs';
import { sideOptions } from '../common/side.mjs';
import { makeBertLayer, makeCnn, makeLstm, makeTransformer } from '../networks/jaxjs.mjs';
import { makeExamples } from '../networks/sizes.mjs';
import { measureTraining } from './measure.mjs';

const { jit, nn, numpy: np, tree, valueAndGrad } = jax;
const options = sideOptions();

const zerosLike = (parameters) => tree.map((p) => np.zeros(p.shape), parameters);

/** SGD with momentum 0.9. */
const sgd = (lr) => ({
  start: (parameters) => ({ velocity: zerosLike(parameters) }),
  update: (parameters, gradient, { velocity }) => {
    const next = tree.map((v, g) => v.mul(0.9).add(g), velocity, gradient);
    return [tree.map((p, v) => p.sub(v.mul(lr)), parameters, tree.ref(next)), { velocity: next }];
  },
});

/** Adam; with a decay, AdamW. The powers of β are carried along, so that the bias correction needs no power. */
const adam = (decay) => ({
  start: (parameters) => ({
    mean: zerosLike(parameters),
    square: zerosLike(parameters),
    power1: np.array(1),
    power2: np.array(1),
  }),
  update: (parameters, gradient, state) => {
    const mean = tree.map((m, g) => m.mul(0.9).add(g.mul(0.1)), state.mean, tree.ref(gradient));
    const square = tree.map((v, g) => v.mul(0.999).add(g.ref.mul(g).mul(0.001)), state.square, gradient);
    const power1 = state.power1.mul(0.9);
    const power2 = state.power2.mul(0.999);
    const scale1 = np.reciprocal(np.array(1).sub(power1.ref)).mul(0.001);
    const scale2 = np.reciprocal(np.array(1).sub(power2.ref));
    const next = tree.map(
      (p, m, v) => p.mul(1 - 0.001 * decay).sub(m.mul(scale1.ref).div(np.sqrt(v.mul(scale2.ref)).add(1e-8))),
      parameters,
      tree.ref(mean),
      tree.ref(square),
    );
    scale1.dispose();
    scale2.dispose();
    return [next, { mean, square, power1, power2 }];
  },
});

const crossEntropy = (logits, y) =>
  nn
    .logSoftmax(logits)
    .mul(y)
    .sum()
    .mul(-1 / options.size);
const meanSquare = (output, y) => np.square(output.sub(y)).mean();

const TRAININGS = {
  cnn: { make: makeCnn, loss: crossEntropy, optimizer: sgd(0.001) },
  lstm: { make: makeLstm, loss: meanSquare, optimizer: adam(0) },
  transformer: { make: makeTransformer, loss: crossEntropy, optimizer: adam(0.01) },
};

function examples() {
  const { x, shape, labels, targets } = makeExamples(options.work, options.size);
  const oneHot = () => nn.oneHot(np.array(labels, { dtype: np.int32 }), 10);
  return [np.array(x).reshape(shape), options.work === 'lstm' ? np.array(targets) : oneHot()];
}

function makeStep() {
  const [x, y] = examples();
  const { make, loss, optimizer } = TRAININGS[options.work];
  const { parameters: initial, forward } = make();
  const lossAndGradient = valueAndGrad((parameters, x, y) => loss(forward(parameters, x), y));
  const step = jit((parameters, state, x, y) => {
    const [value, gradient] = lossAndGradient(tree.ref(parameters), x, y);
    return [value, ...optimizer.update(parameters, gradient, state)];
  });
  let state = optimizer.start(initial);
  let parameters = initial;
  return async () => {
    const [value, nextParameters, nextState] = step(parameters, state, x.ref, y.ref);
    parameters = nextParameters;
    state = nextState;
    return (await value.data())[0];
  };
}

/** Forward and backward alone: the gradients of all parameters are computed and dropped. */
function makeBackward() {
  const [x] = examples();
  const { parameters, forward } = makeBertLayer();
  const lossAndGradient = valueAndGrad((parameters, x, weights) =>
    forward(parameters, x).mul(weights).mean(),
  );
  const step = jit((parameters, x, weights) => lossAndGradient(parameters, x, weights));
  return async () => {
    const [value, gradient] = step(tree.ref(parameters), x.ref, x.ref);
    await jax.blockUntilReady(gradient);
    tree.dispose(gradient);
    const [loss] = await value.data();
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return loss;
  };
}

if (options.work === 'mlp') await measureTraining(makeTrainStep(options.size), options);
else if (options.work === 'bert-layer') await measureTraining(makeBackward(), options);
else await measureTraining(makeStep(), options);
