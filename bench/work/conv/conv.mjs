/** The convolutions of the benchmarks: kernels of 3 × 3, padding 1, as many channels out as in. */
import { randomNumbers } from '../common/images.mjs';

/** Height and width of an image. */
export const EDGE = 32;

/** The sizes of the comparison with the peers. */
export const MAIN = { batch: 16, channels: 64 };

/** The sizes that show how the rate grows: batches at 64 channels, channels at batch 16. */
export const SCALING = [
  ...[1, 4, 64].map((batch) => ({ batch, channels: 64 })),
  ...[16, 32, 64, 128, 256].map((channels) => ({ batch: 16, channels })),
];

/**
 * @param {{ batch: number, channels: number }} sizes
 * @returns {string} as the metrics are named: `16x64`
 */
export const nameOf = ({ batch, channels }) => `${batch}x${channels}`;

/**
 * Multiplications and additions; the two gradients need as many as the convolution.
 * @param {{ batch: number, channels: number }} sizes
 */
export const flopsOf = ({ batch, channels }) => 2 * batch * channels * channels * 9 * EDGE * EDGE;

/**
 * @param {{ batch: number, channels: number }} sizes
 * @returns {{ x: Float32Array, w: Float32Array }} images and kernels, values from -0.5 to 0.5
 */
export function makeConvolution({ batch, channels }) {
  const next = randomNumbers();
  const numbers = (/** @type {number} */ length) => Float32Array.from({ length }, () => next() - 0.5);
  return { x: numbers(batch * channels * EDGE * EDGE), w: numbers(channels * channels * 9) };
}

/**
 * Some pixels of the first image's convolution, at a corner, an edge and inside, by plain loops.
 * @param {{ x: Float32Array, w: Float32Array }} numbers
 * @param {number} channels
 * @param {(pixel: readonly [channel: number, row: number, column: number]) => number} read gives the pixel of the side
 */
export function checkPixels({ x, w }, channels, read) {
  for (const pixel of /** @type {const} */ ([
    [0, 0, 0],
    [1, 0, 5],
    [channels - 1, 7, 9],
  ])) {
    const [out, row, column] = pixel;
    let expected = 0;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < 9; i++) {
        const r = row + Math.floor(i / 3) - 1;
        const q = column + (i % 3) - 1;
        if (r < 0 || q < 0 || r >= EDGE || q >= EDGE) continue;
        expected += x[(c * EDGE + r) * EDGE + q] * w[(out * channels + c) * 9 + i];
      }
    }
    const got = read(pixel);
    if (!(Math.abs(got - expected) <= 1e-3 * Math.max(1, Math.abs(expected)))) {
      throw new Error(`pixel [${pixel}] is ${got}, not ${expected}`);
    }
  }
}
