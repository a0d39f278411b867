/** The input of the training benchmarks: made here, so that every side sees the same numbers and none needs a download. */

/** Pixels of an image: 28 × 28. */
export const PIXELS = 784;

/** Sizes of the network, from the pixels to the ten classes. */
export const LAYERS = [PIXELS, 128, 64, 32, 10];

/** The share of activations that dropout sets to zero. */
export const DROPOUT = 0.2;

/**
 * Random numbers: those of the linear congruential generator of Numerical Recipes, good enough here and the same everywhere.
 * @returns {() => number} gives the next one, from 0 to 1
 */
export function randomNumbers() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Random images with values in 0..1, and random labels in 0..9.
 * @param {number} count
 * @param {number} [pixels] numbers of an image
 * @returns {{ images: Float32Array, labels: Int32Array }} `count` × `pixels` numbers, `count` labels
 */
export function makeImages(count, pixels = PIXELS) {
  const next = randomNumbers();
  const images = Float32Array.from({ length: count * pixels }, next);
  const labels = Int32Array.from({ length: count }, () => Math.floor(next() * 10));
  return { images, labels };
}
