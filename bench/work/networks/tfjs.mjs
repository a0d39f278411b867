/** The networks of the training and inference benchmarks in TensorFlow.js. */
import { tf } from '../../peers/tfjs.mjs';
import { BERT, LSTM, RESNET_STAGES, TRANSFORMER } from './sizes.mjs';

/** The CIFAR network of the PyTorch tutorial; images with their channels last. */
export function makeCnn({ softmax }) {
  const { conv2d, dense, flatten, maxPooling2d } = tf.layers;
  return tf.sequential({
    layers: [
      conv2d({ filters: 6, kernelSize: 5, activation: 'relu', inputShape: [32, 32, 3] }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 120, activation: 'relu' }),
      dense({ units: 84, activation: 'relu' }),
      dense({ units: 10, activation: softmax ? 'softmax' : 'linear' }),
    ],
  });
}

export function makeLstm() {
  const { steps, inputs, hidden, layers } = LSTM;
  return tf.sequential({
    layers: [
      ...Array.from({ length: layers }, (_, i) =>
        tf.layers.lstm({
          units: hidden,
          recurrentActivation: 'sigmoid',
          returnSequences: i + 1 < layers,
          inputShape: [steps, i === 0 ? inputs : hidden],
        }),
      ),
      tf.layers.dense({ units: 1 }),
    ],
  });
}

/** ResNet-18 for images of 32 × 32, channels last. */
export function makeResnet18() {
  const { activation, add, batchNormalization, conv2d, dense, globalAveragePooling2d } = tf.layers;
  const convolve = (x, filters, kernelSize, strides) =>
    batchNormalization({ epsilon: 1e-5 }).apply(
      conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }).apply(x),
    );
  const relu = (x) => activation({ activation: 'relu' }).apply(x);
  const block = (x, channels, strides) => {
    const hidden = convolve(relu(convolve(x, channels, 3, strides)), channels, 3, 1);
    return relu(add().apply([hidden, strides === 1 ? x : convolve(x, channels, 1, strides)]));
  };
  const input = tf.input({ shape: [32, 32, 3] });
  const first = relu(convolve(input, RESNET_STAGES[0], 3, 1));
  const features = RESNET_STAGES.reduce(
    (x, channels, i) => block(block(x, channels, i === 0 ? 1 : 2), channels, 1),
    first,
  );
  const output = dense({ units: 10 }).apply(globalAveragePooling2d({}).apply(features));
  return tf.model({ inputs: input, outputs: output });
}

/** A linear layer on the last axis: its weights, and what it makes of x. */
function makeLinear(fanIn, fanOut) {
  const bound = 1 / Math.sqrt(fanIn);
  const weight = tf.variable(tf.randomUniform([fanIn, fanOut], -bound, bound));
  const bias = tf.variable(tf.randomUniform([fanOut], -bound, bound));
  return (x) =>
    x
      .reshape([-1, fanIn])
      .matMul(weight)
      .add(bias)
      .reshape([...x.shape.slice(0, -1), fanOut]);
}

function makeNorm(width) {
  const weight = tf.variable(tf.ones([width]));
  const bias = tf.variable(tf.zeros([width]));
  return (x) => {
    const centred = x.sub(x.mean(-1, true));
    const scale = centred.square().mean(-1, true).add(1e-5).rsqrt();
    return centred.mul(scale).mul(weight).add(bias);
  };
}

/** It has no layer for this: an encoder layer out of its core operations. */
function makeEncoderLayer({ width, heads, feedForward }, activation) {
  const [query, key, value, out] = [0, 1, 2, 3].map(() => makeLinear(width, width));
  const first = makeLinear(width, feedForward);
  const second = makeLinear(feedForward, width);
  const [norm1, norm2] = [makeNorm(width), makeNorm(width)];
  return (x) => {
    const [batch, positions] = x.shape;
    const split = (y) => y.reshape([batch, positions, heads, width / heads]).transpose([0, 2, 1, 3]);
    const [q, k, v] = [query, key, value].map((projection) => split(projection(x)));
    const weights = tf.softmax(tf.matMul(q, k, false, true).mul(1 / Math.sqrt(width / heads)));
    const attended = weights.matMul(v).transpose([0, 2, 1, 3]).reshape([batch, positions, width]);
    const hidden = norm1(x.add(out(attended)));
    return norm2(hidden.add(second(activation(first(hidden)))));
  };
}

/** An encoder; the mean over its positions goes through a linear layer to ten classes. */
export function makeTransformer() {
  const layers = Array.from({ length: TRANSFORMER.layers }, () =>
    makeEncoderLayer(TRANSFORMER, (x) => x.relu()),
  );
  const head = makeLinear(TRANSFORMER.width, 10);
  return (x) => head(layers.reduce((h, layer) => layer(h), x).mean(1));
}

/** One encoder layer of the size of BERT's base model, with GELU. */
export function makeBertLayer() {
  return makeEncoderLayer(BERT, (x) => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5));
}
