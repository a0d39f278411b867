/** Sizes of the networks of the training and inference benchmarks, the same on every side, and their inputs. */
import { makeImages, PIXELS, randomNumbers } from '../common/images.mjs';

/** Two LSTM layers over a sequence of single numbers, and a linear layer on the last output. */
export const LSTM = { steps: 60, inputs: 1, hidden: 50, layers: 2 };

/** An encoder; the mean over its positions goes through a linear layer to ten classes. */
export const TRANSFORMER = { positions: 128, width: 128, heads: 4, layers: 2, feedForward: 512 };

/** One encoder layer of the size of BERT's base model, with GELU. */
export const BERT = { positions: 128, width: 768, heads: 12, feedForward: 3072 };

/** Channels of the four stages of ResNet-18; each has two blocks. */
export const RESNET_STAGES = [64, 128, 256, 512];

/** Numbers of a CIFAR image: three colours of 32 × 32. */
export const CIFAR = [3, 32, 32];

/**
 * @typedef {object} Examples
 * @property {Float32Array} x
 * @property {number[]} shape of `x`
 * @property {Int32Array} labels one of ten classes for each example
 * @property {Float32Array} targets a number for each example
 */

/** @type {Record<string, number[]>} */
const EXAMPLE_SHAPES = {
  mlp: [PIXELS],
  cnn: CIFAR,
  resnet18: CIFAR,
  lstm: [LSTM.steps, LSTM.inputs],
  transformer: [TRANSFORMER.positions, TRANSFORMER.width],
  'bert-layer': [BERT.positions, BERT.width],
};

/**
 * A batch for one of the networks.
 * @param {string} work
 * @param {number} batch
 * @returns {Examples}
 */
export function makeExamples(work, batch) {
  const shape = EXAMPLE_SHAPES[work];
  if (shape === undefined) throw new Error(`there is no network "${work}"`);
  const { images: x, labels } = makeImages(
    batch,
    shape.reduce((a, b) => a * b),
  );
  return {
    x,
    shape: [batch, ...shape],
    labels,
    targets: Float32Array.from({ length: batch }, randomNumbers()),
  };
}
