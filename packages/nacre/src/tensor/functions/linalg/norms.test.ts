import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eye, ones, zeros } from '../../create.ts';
import { setDevice } from '../../engine.ts';
import { manualSeed } from '../../generator.ts';
import { gradcheck } from '../../gradcheck.ts';
import type { Tensor } from '../../tensor.ts';
import { vmap } from '../../transforms/vmap.ts';
import * as linalg from '../linalg.ts';
import { difference, expectNumbers, normal, of, product } from './testing.ts';

const a = of([
  [4, -2, 1],
  [3, 6, -1],
  [2, 1, 8],
]);
const b = of([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => {
    setDevice(device);
    manualSeed(4);
  });
  afterAll(() => setDevice('wasm'));

  test.each([
    ['fro', 11.661903789690601, 3.5776774469321873],
    ['nuc', 19.448931244796796, 9.85714666121382],
    [1, 10, 3.514644351464435],
    [-1, 9, 1.5439330543933054],
    [2, 8.559301705013628, 2.071407186913611],
    [-2, 4.1321193433566075, 0.48276360452818373],
    [Number.POSITIVE_INFINITY, 11, 3.221757322175732],
    [Number.NEGATIVE_INFINITY, 7, 1.3765690376569037],
  ] as const)('matrices: order %s', (ord, norm, condition) => {
    expectNumbers(linalg.matrixNorm(a, { ord }), norm);
    expectNumbers(linalg.norm(a, { ord }), norm);
    expectNumbers(linalg.cond(a, ord), condition);
    const batch = product(
      a.unsqueeze(0) as Tensor,
      of([
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        [
          [2, 0, 0],
          [0, 2, 0],
          [0, 0, 2],
        ],
      ]),
    );
    const axes = batch.permute([1, 0, 2]) as Tensor;
    expectNumbers(linalg.matrixNorm(axes, { ord, dim: [0, 2], keepdim: true }), [[[norm], [2 * norm]]]);
  });

  test.each([
    [0, 6, [3, 3]],
    [1, 21, [9, 12]],
    [2, 9.539392014169456, [5.916079783099616, 7.483314773547883]],
    [3, 7.611662611020244, [5.348481241239363, 6.603854497789253]],
    [-1, 0.4081632653061225, [0.6521739130434783, 1.090909090909091]],
    [0.5, 117.32836979428498, [24.682204262552162, 34.3830164509006]],
    [-2, 0.8188503677432238, [0.9320546490018, 1.7142857142857142]],
    [Number.POSITIVE_INFINITY, 6, [5, 6]],
    [Number.NEGATIVE_INFINITY, 1, [1, 2]],
  ] as const)('vectors: order %s', (ord, all, columns) => {
    expectNumbers(linalg.vectorNorm(b, { ord }), all);
    expectNumbers(linalg.vectorNorm(b, { ord, dim: 0 }), columns);
    expectNumbers(linalg.norm(b, { ord, dim: 0, keepdim: true }), [columns]);
  });

  test('norm without an order flattens, or takes the axes named', () => {
    expectNumbers(linalg.norm(b), 9.539392014169456);
    expectNumbers(linalg.norm(ones([2, 2, 4]) as Tensor, { dim: [0, 1] }), [2, 2, 2, 2]);
    expectNumbers(linalg.norm(of([3, 4]), { ord: 2, keepdim: true }), [5]);
  });

  test('rank and condition of matrices that are singular', () => {
    const singular = of([
      [1, 2, 3],
      [2, 4, 6],
      [1, 0, 1],
    ]);
    expect(linalg.matrixRank(singular).itemSync()).toBe(2);
    expect(
      linalg
        .matrixRank(
          of([
            [
              [1, 0],
              [0, 1e-3],
            ],
            [
              [0, 0],
              [0, 0],
            ],
          ]),
          { rtol: 0.01 },
        )
        .tolistSync(),
    ).toEqual([1, 0]);
    expect(
      linalg
        .matrixRank(
          of([
            [1, 0],
            [0, 1e-3],
          ]),
          { atol: 1e-4 },
        )
        .itemSync(),
    ).toBe(2);
    expect(
      linalg
        .cond(
          of([
            [1, 2],
            [2, 4],
          ]),
          1,
        )
        .itemSync(),
    ).toBe(Number.POSITIVE_INFINITY);
    expect(
      linalg
        .cond(
          of([
            [1, 0],
            [0, 0],
          ]),
        )
        .itemSync(),
    ).toBe(Number.POSITIVE_INFINITY);
    expect(
      linalg
        .cond(
          of([
            [1, 0],
            [0, Number.NaN],
          ]),
          1,
        )
        .itemSync(),
    ).toBeNaN();
  });

  test('gradients, and vmap', () => {
    const x = normal([2, 3]);
    for (const ord of ['fro', 'nuc', 1, 2, -2, Number.POSITIVE_INFINITY] as const)
      expect(gradcheck((m) => linalg.matrixNorm(m, { ord }), [x])).toBe(true);
    for (const ord of [1, 2, 3, -1, 0.5])
      expect(gradcheck((v) => linalg.vectorNorm(v, { ord, dim: 1 }), [x])).toBe(true);
    expect(gradcheck((m) => linalg.cond(m), [x])).toBe(true);
    expect(gradcheck((m) => linalg.cond(m, 'fro'), [normal([2, 2])])).toBe(true);
    const batch = normal([3, 2, 2]);
    const found = vmap((m: Tensor) => linalg.matrixNorm(m, { ord: 2 }))(batch);
    expect(difference(found, linalg.matrixNorm(batch, { ord: 2 }))).toBeLessThan(1e-14);
  });
});

test('errors, and matrices without elements', () => {
  expect(linalg.matrixRank(zeros([2, 0, 3])).tolistSync()).toEqual([0, 0]);
  expect(linalg.matrixNorm(zeros([0, 0])).itemSync()).toBe(0);
  expect(linalg.cond(zeros([0, 0])).itemSync()).toBe(0);
  expect(() => linalg.matrixNorm(zeros([3]))).toThrow('linalg.matrixNorm: x: [3], expected matrices');
  expect(() => linalg.matrixNorm(eye(2), { ord: 3 })).toThrow(
    'linalg.matrixNorm: there is no matrix norm of order 3',
  );
  expect(() => linalg.matrixNorm(eye(2), { dim: [0] })).toThrow(
    'dim names the two axes of the matrices, got [0]',
  );
  expect(() => linalg.norm(zeros([2, 2, 2]), { ord: 1 })).toThrow(
    'linalg.norm: x: [2, 2, 2], order 1 of 3 axes: expected one axis or two',
  );
  expect(() => linalg.norm(zeros([2]), { ord: 'nuc' })).toThrow('order nuc of 1 axes: expected two axes');
  expect(() => linalg.cond(zeros([2, 3]), 1)).toThrow('linalg.cond: x: [2, 3], expected square matrices');
});
