/** The network of the training benchmarks in TensorFlow.js. */
import { tf } from '../../peers/tfjs.mjs';
import { DROPOUT, LAYERS, makeImages, PIXELS } from './images.mjs';

/** 784-128-64-32-10 with ReLU and dropout between, compiled with Adam and cross-entropy. */
export function makeModel() {
  const model = tf.sequential();
  for (let i = 1; i < LAYERS.length; i++) {
    const isLast = i === LAYERS.length - 1;
    const inputShape = i === 1 ? [PIXELS] : undefined;
    model.add(tf.layers.dense({ units: LAYERS[i], activation: isLast ? 'softmax' : 'relu', inputShape }));
    if (!isLast) model.add(tf.layers.dropout({ rate: DROPOUT }));
  }
  model.compile({ optimizer: tf.train.adam(0.001), loss: 'sparseCategoricalCrossentropy' });
  return model;
}

/**
 * A train step on one batch.
 * @param {number} batch images a step
 * @returns {() => Promise<number>} does one step and gives its loss
 */
export function makeTrainStep(batch) {
  const { images, labels } = makeImages(batch);
  const x = tf.tensor2d(images, [batch, PIXELS]);
  // This loss takes its class numbers as floats.
  const y = tf.tensor1d(Float32Array.from(labels));
  const model = makeModel();
  return async () => Number(await model.trainOnBatch(x, y));
}
