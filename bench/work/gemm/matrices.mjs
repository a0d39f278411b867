/** The factors of the matrix products, and a check that the product is one. */

/**
 * The forms of a product that training needs, by the metric they are printed under: forward, and the two gradients.
 * @type {Record<string, { transposeA: boolean, transposeB: boolean }>}
 */
export const FORMS = {
  rate: { transposeA: false, transposeB: false },
  'rate abt': { transposeA: false, transposeB: true },
  'rate atb': { transposeA: true, transposeB: false },
};

/**
 * Two square matrices with small values that differ along both axes.
 * @param {number} n
 * @returns {{ a: Float32Array, b: Float32Array }} row by row
 */
export function makeMatrices(n) {
  const a = Float32Array.from({ length: n * n }, (_, i) => ((i * 7) % 13) / 13 - 0.5);
  const b = Float32Array.from({ length: n * n }, (_, i) => ((i * 5) % 11) / 11 - 0.5);
  return { a, b };
}

/**
 * Throws unless some entries of `product` are those of a · b, either of them transposed if the form says so.
 * @param {Float32Array} product
 * @param {{ a: Float32Array, b: Float32Array }} factors
 * @param {number} n
 * @param {{ transposeA: boolean, transposeB: boolean }} form
 */
export function checkProduct(product, { a, b }, n, { transposeA, transposeB }) {
  const at = (/** @type {boolean} */ transposed, /** @type {number} */ row, /** @type {number} */ column) =>
    transposed ? column * n + row : row * n + column;
  const spots = [0, 1, n >> 1, n - 1];
  for (const row of spots) {
    for (const column of spots) {
      let expected = 0;
      for (let k = 0; k < n; k++) expected += a[at(transposeA, row, k)] * b[at(transposeB, k, column)];
      const got = product[row * n + column];
      if (!(Math.abs(got - expected) <= 1e-3 * Math.max(1, Math.abs(expected)))) {
        throw new Error(`the product at [${row}, ${column}] is ${got}, not ${expected}`);
      }
    }
  }
}

/**
 * Seconds per product → GFLOP/s: n³ multiplications and as many additions.
 * @param {number[]} times
 * @param {number} n
 */
export function toGflops(times, n) {
  return times.map((seconds) => (2 * n ** 3) / seconds / 1e9);
}
