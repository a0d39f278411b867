/**
 * Models in the ONNX format, written as the protocol buffers they are: messages of numbered fields
 * (https://onnx.ai/onnx/repo-docs/IR.html, onnx.proto). Enough of it for the networks of the benchmarks.
 */
import { Buffer } from 'node:buffer';
import { LAYERS, randomNumbers } from '../common/images.mjs';
import { RESNET_STAGES } from '../networks/sizes.mjs';

const OPSET = 17;
const IR_VERSION = 8;
const FLOAT = 1;
/** Kinds of attributes. */
const INT = 2;
const INTS = 7;

/** A whole number in groups of seven bits, the lowest first. */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** A field with a number. */
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);

/** A field with text, bytes or another message. */
function part(field, content) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat([content].flat());
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function attribute(name, value) {
  if (typeof value === 'number') return part(5, [part(1, name), number(3, value), number(20, INT)]);
  return part(5, [part(1, name), ...value.map((item) => number(8, item)), number(20, INTS)]);
}

/** A named input or output: floats of a shape. */
function valueInfo(name, shape) {
  const dimensions = shape.map((size) => part(1, number(1, size)));
  return [part(1, name), part(2, part(1, [number(1, FLOAT), part(2, dimensions)]))];
}

/** A graph that grows by one operation after the other. */
class Graph {
  #nodes = [];
  #weights = [];
  #next = randomNumbers();

  /** @returns {string} the name of a new weight of values in ±1/√fanIn, or all `value` */
  weight(shape, { fanIn = 1, value } = {}) {
    const name = `w${this.#weights.length}`;
    const size = shape.reduce((a, b) => a * b);
    const bound = 1 / Math.sqrt(fanIn);
    const data = Float32Array.from({ length: size }, () => value ?? (2 * this.#next() - 1) * bound);
    const bytes = Buffer.from(data.buffer);
    this.#weights.push([
      ...shape.map((edge) => number(1, edge)),
      number(2, FLOAT),
      part(8, name),
      part(9, bytes),
    ]);
    return name;
  }

  /** @returns {string} the name of what the operation gives */
  add(operation, inputs, attributes = {}) {
    const output = `x${this.#nodes.length}`;
    this.#nodes.push([
      ...inputs.map((input) => part(1, input)),
      part(2, output),
      part(4, operation),
      ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ]);
    return output;
  }

  linear(x, fanIn, fanOut) {
    const weights = [this.weight([fanOut, fanIn], { fanIn }), this.weight([fanOut], { fanIn })];
    return this.add('Gemm', [x, ...weights], { transB: 1 });
  }

  relu(x) {
    return this.add('Relu', [x]);
  }

  convolve(x, inputs, outputs, edge, { stride = 1, padding = 0, bias = false } = {}) {
    const fanIn = inputs * edge * edge;
    const weights = [this.weight([outputs, inputs, edge, edge], { fanIn })];
    if (bias) weights.push(this.weight([outputs], { fanIn }));
    return this.add('Conv', [x, ...weights], {
      kernel_shape: [edge, edge],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    });
  }

  batchNorm(x, channels) {
    const values = [1, 0, 0, 1].map((value) => this.weight([channels], { value }));
    return this.add('BatchNormalization', [x, ...values]);
  }

  maxPool(x) {
    return this.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
  }

  /** @returns {Uint8Array} the model file */
  toModel(output, inputShape, outputShape) {
    const graph = [
      ...this.#nodes.map((node) => part(1, node)),
      part(2, 'network'),
      ...this.#weights.map((tensor) => part(5, tensor)),
      part(11, valueInfo('x', inputShape)),
      part(12, valueInfo(output, outputShape)),
    ];
    return Buffer.concat([number(1, IR_VERSION), part(7, graph), part(8, number(2, OPSET))]);
  }
}

/** 784-128-64-32-10 with ReLU. */
function mlp(graph) {
  return LAYERS.slice(1).reduce(
    (x, fanOut, i) => graph.linear(i === 0 ? x : graph.relu(x), LAYERS[i], fanOut),
    'x',
  );
}

/** The CIFAR network of the PyTorch tutorial. */
function cnn(graph) {
  const first = graph.maxPool(graph.relu(graph.convolve('x', 3, 6, 5, { bias: true })));
  const second = graph.maxPool(graph.relu(graph.convolve(first, 6, 16, 5, { bias: true })));
  const hidden = graph.relu(graph.linear(graph.add('Flatten', [second]), 400, 120));
  return graph.linear(graph.relu(graph.linear(hidden, 120, 84)), 84, 10);
}

/** ResNet-18 for images of 32 × 32. */
function resnet18(graph) {
  const block = (x, inputs, outputs, stride) => {
    const convolved = graph.convolve(x, inputs, outputs, 3, { stride, padding: 1 });
    const hidden = graph.relu(graph.batchNorm(convolved, outputs));
    const second = graph.batchNorm(graph.convolve(hidden, outputs, outputs, 3, { padding: 1 }), outputs);
    const shortcut =
      stride === 1 ? x : graph.batchNorm(graph.convolve(x, inputs, outputs, 1, { stride }), outputs);
    return graph.relu(graph.add('Add', [second, shortcut]));
  };
  const [first] = RESNET_STAGES;
  let x = graph.relu(graph.batchNorm(graph.convolve('x', 3, first, 3, { padding: 1 }), first));
  RESNET_STAGES.forEach((channels, i) => {
    x = block(x, RESNET_STAGES[Math.max(0, i - 1)], channels, i === 0 ? 1 : 2);
    x = block(x, channels, channels, 1);
  });
  const last = RESNET_STAGES[RESNET_STAGES.length - 1];
  return graph.linear(graph.add('Flatten', [graph.add('GlobalAveragePool', [x])]), last, 10);
}

const NETWORKS = { mlp, cnn, resnet18 };

/**
 * A network with random weights as an ONNX file; its input is named `x`.
 * @param {'mlp' | 'cnn' | 'resnet18'} work
 * @param {readonly number[]} inputShape
 * @returns {Uint8Array}
 */
export function makeModel(work, inputShape) {
  const graph = new Graph();
  return graph.toModel(NETWORKS[work](graph), inputShape, [inputShape[0], 10]);
}
