/**
 * The networks of the training and inference benchmarks in jax-js: parameters, and a function of them. An array is used up by
 * the operation it is given to; `.ref` keeps it for one use more.
 */
import { jax } from '../../peers/jaxjs.mjs';
import { LAYERS } from '../common/images.mjs';
import { BERT, LSTM, TRANSFORMER } from './sizes.mjs';

const { lax, nn, numpy: np, random } = jax;

let seed = 0;

/** Numbers uniform in ±1/√fanIn. */
function uniform(shape, fanIn) {
  const bound = 1 / Math.sqrt(fanIn);
  return random.uniform(random.key(seed++), shape, { minval: -bound, maxval: bound });
}

const makeLinear = (fanIn, fanOut) => ({
  weight: uniform([fanIn, fanOut], fanIn),
  bias: uniform([fanOut], fanIn),
});

const linear = ({ weight, bias }, x) => np.matmul(x, weight).add(bias);

const makeConvolution = (inputs, outputs, edge) => ({
  weight: uniform([outputs, inputs, edge, edge], inputs * edge * edge),
  bias: uniform([outputs, 1, 1], inputs * edge * edge),
});

const convolve = ({ weight, bias }, x) => lax.conv(x, weight, [1, 1], 'VALID').add(bias);

/** The largest of each 2 × 2 pixels. */
function maxPool(x) {
  const [batch, channels, height, width] = x.shape;
  return np.max(x.reshape([batch, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

/** 784-128-64-32-10 with ReLU, as it is when it does not train. */
export function makeMlp() {
  return {
    parameters: LAYERS.slice(1).map((fanOut, i) => makeLinear(LAYERS[i], fanOut)),
    forward: (layers, x) =>
      layers.reduce((h, layer, i) => (i === 0 ? linear(layer, h) : linear(layer, nn.relu(h))), x),
  };
}

/** The CIFAR network of the PyTorch tutorial. */
export function makeCnn() {
  return {
    parameters: {
      convolutions: [makeConvolution(3, 6, 5), makeConvolution(6, 16, 5)],
      layers: [makeLinear(400, 120), makeLinear(120, 84), makeLinear(84, 10)],
    },
    forward: ({ convolutions, layers }, x) => {
      const features = convolutions.reduce((h, layer) => maxPool(nn.relu(convolve(layer, h))), x);
      const [batch] = features.shape;
      return layers.reduce(
        (h, layer, i) => (i === 0 ? linear(layer, h) : linear(layer, nn.relu(h))),
        features.reshape([batch, 400]),
      );
    },
  };
}

/** The LSTM of the benchmarks: it has no loop inside `jit`, so that all steps are written out. */
export function makeLstm() {
  const { steps, inputs, hidden, layers } = LSTM;
  const cells = Array.from({ length: layers }, (_, i) => {
    const fanIn = i === 0 ? inputs : hidden;
    return {
      input: makeLinear(fanIn, 4 * hidden),
      state: makeLinear(hidden, 4 * hidden),
    };
  });
  const run = ({ input, state }, sequence, batch) => {
    const gates = linear(input, sequence);
    let h = np.zeros([batch, hidden]);
    let c = np.zeros([batch, hidden]);
    const outputs = [];
    for (let t = 0; t < steps; t++) {
      const now = gates.ref.slice([], t).add(linear({ weight: state.weight.ref, bias: state.bias.ref }, h));
      const part = (i) => now.ref.slice([], [i * hidden, (i + 1) * hidden]);
      const [i, f, g, o] = [nn.sigmoid(part(0)), nn.sigmoid(part(1)), np.tanh(part(2)), nn.sigmoid(part(3))];
      now.dispose();
      c = f.mul(c).add(i.mul(g));
      h = o.mul(np.tanh(c.ref));
      outputs.push(h.ref);
    }
    for (const rest of [gates, h, c, state.weight, state.bias]) rest.dispose();
    return outputs;
  };
  return {
    parameters: { cells, head: makeLinear(hidden, 1) },
    forward: ({ cells, head }, x) => {
      const [batch] = x.shape;
      let sequence = x;
      let outputs = [];
      cells.forEach((cell, i) => {
        outputs = run(cell, sequence, batch);
        if (i + 1 < cells.length) sequence = np.stack(outputs, 1);
      });
      for (const output of outputs.slice(0, -1)) output.dispose();
      return linear(head, outputs[outputs.length - 1]).reshape([batch]);
    },
  };
}

function makeEncoderLayer({ width, feedForward }) {
  return {
    qkv: makeLinear(width, 3 * width),
    out: makeLinear(width, width),
    first: makeLinear(width, feedForward),
    second: makeLinear(feedForward, width),
    norms: [0, 1].map(() => ({ weight: np.ones([width]), bias: np.zeros([width]) })),
  };
}

const normalize = ({ weight, bias }, x) => nn.standardize(x, -1, { epsilon: 1e-5 }).mul(weight).add(bias);

function encoderLayer({ qkv, out, first, second, norms }, x, { width, heads, activation }) {
  const [batch, positions] = x.shape;
  const edge = width / heads;
  const projected = linear(qkv, x.ref);
  const [q, k, v] = [0, 1, 2].map((i) =>
    projected.ref
      .slice([], [], [i * width, (i + 1) * width])
      .reshape([batch, positions, heads, edge])
      .transpose([0, 2, 1, 3]),
  );
  projected.dispose();
  // `nn.dotProductAttention` needs iterator methods that Node has from version 22 on.
  const weights = nn.softmax(np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(edge)), -1);
  const attended = np.matmul(weights, v).transpose([0, 2, 1, 3]).reshape([batch, positions, width]);
  const hidden = normalize(norms[0], x.add(linear(out, attended)));
  return normalize(norms[1], hidden.ref.add(linear(second, activation(linear(first, hidden)))));
}

/** An encoder; the mean over its positions goes through a linear layer to ten classes. */
export function makeTransformer() {
  const { layers, width, heads } = TRANSFORMER;
  return {
    parameters: {
      layers: Array.from({ length: layers }, () => makeEncoderLayer(TRANSFORMER)),
      head: makeLinear(width, 10),
    },
    forward: ({ layers, head }, x) => {
      const activation = nn.relu;
      const encoded = layers.reduce((h, layer) => encoderLayer(layer, h, { width, heads, activation }), x);
      return linear(head, np.mean(encoded, 1));
    },
  };
}

/** One encoder layer of the size of BERT's base model, with GELU. */
export function makeBertLayer() {
  const { width, heads } = BERT;
  const activation = (x) => nn.gelu(x, { approximate: false });
  return {
    parameters: makeEncoderLayer(BERT),
    forward: (layer, x) => encoderLayer(layer, x, { width, heads, activation }),
  };
}
