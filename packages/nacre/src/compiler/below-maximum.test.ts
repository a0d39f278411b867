import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { randn, tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { exponentialsBelowMaximum } from './below-maximum.ts';
import type { OpNode } from './contract.ts';

beforeEach(() => setDevice('wasm'));

/** Whether the rule knows an exponential by its operand. */
const isKnown = (make: (x: Tensor) => Tensor, shape: readonly number[]): boolean => {
  const { node } = make(randn(shape) as Tensor);
  return exponentialsBelowMaximum(node as OpNode, node as OpNode) !== (node as OpNode);
};

describe('e^(x - maximum) is known', () => {
  test.each([
    ['along the last axis', [3, 5], (x: Tensor) => x.sub(x.amax(1, { keepdim: true })).exp()],
    ['along the first axis', [3, 5], (x: Tensor) => x.sub(x.amax(0)).exp()],
    ['along one in the middle', [2, 3, 4], (x: Tensor) => x.sub(x.amax(1, { keepdim: true })).exp()],
    ['of all', [3, 5], (x: Tensor) => x.sub(x.amax()).exp()],
    ['where there is one row', [1, 5], (x: Tensor) => x.sub(x.amax(1, { keepdim: true })).exp()],
  ])('%s', (_, shape, make) => {
    expect(isKnown(make as (x: Tensor) => Tensor, shape)).toBe(true);
  });

  test.each([
    ['of other rows', [4, 5], (x: Tensor) => x.sub(x.amax(1, { keepdim: true }).flip(0)).exp()],
    ['of columns taken for one of rows', [5, 5], (x: Tensor) => x.sub(x.amax(0).reshape([5, 1])).exp()],
    ['of another tensor', [4, 5], (x: Tensor) => x.sub(x.mul(2).amax(1, { keepdim: true })).exp()],
    ['that is the least', [4, 5], (x: Tensor) => x.sub(x.amin(1, { keepdim: true })).exp()],
    ['that x is taken from', [4, 5], (x: Tensor) => x.amax(1, { keepdim: true }).sub(x).exp()],
  ])('but not with a maximum %s', (_, shape, make) => {
    expect(isKnown(make as (x: Tensor) => Tensor, shape)).toBe(false);
  });
});

/** The rows of what a function makes of a matrix. */
const rowsOf = async (f: (x: Tensor) => Tensor, x: Tensor): Promise<number[][]> =>
  (await compile(f)(x).tolist()) as number[][];

test('infinities and NaN are what they were', async () => {
  const x = tensor([
    [0, -Infinity, -1000, -88],
    [-Infinity, -Infinity, -Infinity, -Infinity],
    [1, Infinity, 2, 3],
    [1, NaN, 2, 3],
  ]) as Tensor;
  const [masked, none, infinite, unknown] = await rowsOf((x) => x.sub(x.amax(1, { keepdim: true })).exp(), x);
  expect(masked.slice(0, 3)).toEqual([1, 0, 0]);
  expect(Math.abs(masked[3] / Math.exp(-88) - 1)).toBeLessThan(1e-6);
  expect(none).toEqual([NaN, NaN, NaN, NaN]);
  expect(infinite).toEqual([0, NaN, 0, 0]);
  expect(unknown).toEqual([NaN, NaN, NaN, NaN]);
});

test('a maximum of other rows may be exceeded without limit', async () => {
  const x = tensor([
    [Infinity, 200],
    [1, 2],
  ]) as Tensor;
  const [first] = await rowsOf((x) => x.sub(x.amax(1, { keepdim: true }).flip(0)).exp(), x);
  expect(first).toEqual([Infinity, Infinity]);
});
