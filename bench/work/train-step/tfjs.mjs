/** A train step of one of the networks on one batch; the loss is read after every step. */
import { tf } from '../../peers/tfjs.mjs';
import { sideOptions } from '../common/side.mjs';
import { makeTrainStep } from '../common/tfjs.mjs';
import { makeExamples } from '../networks/sizes.mjs';
import { makeBertLayer, makeCnn, makeLstm, makeTransformer } from '../networks/tfjs.mjs';
import { measureTraining } from './measure.mjs';

const options = sideOptions();

/** The CIFAR network. Its wasm backend has no gradient of a convolution's kernels: the slower one in JavaScript has. */
async function cnn() {
  await tf.setBackend('cpu');
  const { x, shape, labels } = makeExamples('cnn', options.size);
  const images = tf.tensor4d(x, shape).transpose([0, 2, 3, 1]);
  const model = makeCnn({ softmax: true });
  model.compile({ optimizer: tf.train.momentum(0.001, 0.9), loss: 'sparseCategoricalCrossentropy' });
  const classes = tf.tensor1d(Float32Array.from(labels));
  return async () => Number(await model.trainOnBatch(images, classes));
}

function lstm() {
  const { x, shape, targets } = makeExamples('lstm', options.size);
  const model = makeLstm();
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'meanSquaredError' });
  const [input, output] = [tf.tensor3d(x, shape), tf.tensor2d(targets, [options.size, 1])];
  return async () => Number(await model.trainOnBatch(input, output));
}

/** It has no AdamW: Adam, without the decay of the weights. */
function transformer() {
  const { x, shape, labels } = makeExamples('transformer', options.size);
  const input = tf.tensor3d(x, shape);
  const classes = tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat();
  const model = makeTransformer();
  const adam = tf.train.adam(0.001);
  const lossOf = () => tf.losses.softmaxCrossEntropy(classes, model(input));
  return async () => {
    const loss = adam.minimize(lossOf, true);
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

/** Forward and backward alone: the gradients of all parameters are computed and dropped. */
function bertLayer() {
  const { x, shape } = makeExamples('bert-layer', options.size);
  const input = tf.tensor3d(x, shape);
  const layer = makeBertLayer();
  const lossOf = () => layer(input).mul(input).mean();
  return async () => {
    const { value, grads } = tf.variableGrads(lossOf);
    const [loss] = await value.data();
    tf.dispose([value, grads]);
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return loss;
  };
}

const STEPS = { mlp: () => makeTrainStep(options.size), cnn, lstm, transformer, 'bert-layer': bertLayer };
await measureTraining(await STEPS[options.work](), options);
