/** Work that memory bounds: the arrays, the bytes that have to be moved, and what must come out. */
import { randomNumbers } from '../common/images.mjs';
import { checkClose, reportRate } from '../common/side.mjs';

export const ROWS = 4096;
export const COLUMNS = 1024;
const CHAIN_LENGTH = 16 * 2 ** 20;

/** relu(x·a + b)·c with these. */
export const CHAIN = { a: 1.5, b: -0.25, c: 0.75 };

/** What layer normalization adds to the variance. */
export const EPSILON = 1e-5;

/**
 * @param {string} work
 * @returns {number[]} the shape of the array
 */
export const shapeOf = (work) => (work === 'chain' ? [CHAIN_LENGTH] : [ROWS, COLUMNS]);

/**
 * Values from 0 to 1.
 * @param {string} work
 */
export function makeArray(work) {
  return Float32Array.from({ length: shapeOf(work).reduce((a, b) => a * b) }, randomNumbers());
}

/**
 * @param {string} work
 * @param {number[]} times seconds a call
 */
export function reportBandwidth(work, times) {
  // One pass reads each number once and writes each result once, however often a library does.
  reportRate('rate', 'GB/s', times, 2 * 4 * makeArray(work).length);
}

/** @type {Record<string, (row: number[]) => number[]>} */
const REFERENCES = {
  softmax: (row) => {
    const powers = row.map(Math.exp);
    const total = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / total);
  },
  layernorm: (row) => {
    const mean = row.reduce((a, b) => a + b) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value) => (value - mean) / Math.sqrt(variance + EPSILON));
  },
  chain: (row) => row.map((value) => Math.max(0, value * CHAIN.a + CHAIN.b) * CHAIN.c),
};

/**
 * Throws unless the first row is right.
 * @param {string} work
 * @param {Float32Array} x
 * @param {Float32Array} got
 */
export function checkRow(work, x, got) {
  const row = (/** @type {Float32Array} */ values) => [...values.subarray(0, COLUMNS)];
  checkClose(work, row(got), REFERENCES[work](row(x)));
}
