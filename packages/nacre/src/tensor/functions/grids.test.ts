import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import { cartesianProd, cdist, combinations, diff, meshgrid, trapezoid } from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { valueAndGrad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const lists = (tensors: readonly Tensor[]): unknown[] => tensors.map((x) => x.tolistSync());

/**
 * torch.cdist of two float64 matrices: the distances, and the gradients of Σ distance·weight. The first row of x is the first of y and
 * the second of x, so some distances are 0; so are some differences.
 */
const rows = {
  x: [
    [0.3, -1.2, 2],
    [0.3, -1.2, 2],
    [1.5, 0, -0.7],
  ],
  y: [
    [0.3, -1.2, 2],
    [1.1, 0, 0.25],
  ],
  weight: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
};
const cases = [
  {
    p: 0,
    distances: [0, 3, 0, 3, 3, 2],
    x: [0, 0, 0, 0, 0, 0, 0, 0, 0],
    y: [0, 0, 0, 0, 0, 0],
  },
  {
    p: 1,
    distances: [0, 3.75, 0, 3.75, 5.1, 1.35],
    x: [-2, -2, 2, -4, -4, 4, 11, 5, -11],
    y: [-5, -5, 5, 0, 6, 0],
  },
  {
    p: 2,
    distances: [0, 2.267708094089713, 0, 2.267708094089713, 3.189043743820395, 1.030776406404415],
    x: [
      -0.7055581819238779, -1.0583372728858167, 1.5434085229584826, -1.4111163638477557, -2.1166745457716334,
      3.0868170459169653, 4.209783737115991, 1.8814417367671945, -9.76305615855458,
    ],
    y: [
      -1.8814417367671945, -1.8814417367671945, 4.233243907726187, -0.21166745457716285, 3.17501181865745,
      0.899586681952945,
    ],
  },
  {
    p: 3,
    distances: [0, 1.9660412483536598, 0, 1.9660412483536598, 2.8495844269407407, 0.9730731175074525],
    x: [
      -0.33114996929256485, -0.7450874309082708, 1.5846043452476244, -0.6622999385851297, -1.4901748618165416,
      3.169208690495249, 1.900550514588862, 0.8866851581301409, -10.207677889308815,
    ],
    y: [
      -0.8866851581301409, -0.8866851581301409, 4.488843613033839, -0.020415448581026396, 2.2352622927248125,
      0.9650212405321037,
    ],
  },
  {
    p: 0.5,
    distances: [0, 10.974299056704275, 0, 10.974299056704275, 14.7, 2.5828828005937954],
    x: [
      -7.4075296343329855, -6.048222619553692, 5.0084041499872765, -14.815059268665971, -12.096445239107384,
      10.016808299974553, 32.74662100445346, 17.499999999999996, -21.559980773804966,
    ],
    y: [
      -17.499999999999996, -17.499999999999996, 11.666666666666664, 6.975967898545491, 18.144667858661077,
      -5.131898342823527,
    ],
  },
  {
    p: 1.5,
    distances: [0, 2.6627704958572216, 0, 2.6627704958572216, 3.682139390856438, 1.11598436112471],
    x: [
      -1.096246250740345, -1.3426219733764952, 1.6213700703259268, -2.19249250148069, -2.6852439467529905,
      3.2427401406518537, 6.4465028303010445, 2.8543716208189442, -9.817403413286755,
    ],
    y: [
      -2.8543716208189442, -2.8543716208189442, 4.281557431228418, -0.3033924572610651, 4.027865920129486,
      0.6717357710805567,
    ],
  },
  {
    p: Number.POSITIVE_INFINITY,
    distances: [0, 1.75, 0, 1.75, 2.7, 0.95],
    x: [0, 0, 2, 0, 0, 4, 0, 0, -11],
    y: [0, 0, 5, 0, 0, 0],
  },
];

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test.each(cases)(
    'cdist with p = $p and its gradients are those of PyTorch',
    ({ p, distances, ...slopes }) => {
      const [x, y, weight] = [rows.x, rows.y, rows.weight].map((data) => tensor(data, { dtype: 'float64' }));
      let found: Tensor | null = null;
      const f = (a: Tensor, b: Tensor): Tensor => {
        found = cdist(a, b, { p });
        return found.mul(weight).sum();
      };
      const [, [ofX, ofY]] = valueAndGrad(f, [0, 1])(x, y);
      const close = (got: Tensor, wanted: readonly number[]): void =>
        got.dataSync().forEach((value, i) => {
          expect(value).toBeCloseTo(wanted[i], 11);
        });
      close(cdist(x, y, { p }), distances);
      expect(found!.shape).toEqual([3, 2]);
      close(ofX, slopes.x);
      close(ofY, slopes.y);
    },
  );

  test('cdist broadcasts leading axes, and rows may be empty', () => {
    manualSeed(4);
    const [x, y] = [randn([2, 1, 5, 3]), randn([4, 6, 3])];
    const result = cdist(x, y);
    expect(result.shape).toEqual([2, 4, 5, 6]);
    const [a, b] = [x.dataSync().slice(3, 6), y.dataSync().slice(18 + 6, 18 + 9)];
    const wanted = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    expect(result.dataSync()[(0 * 4 + 1) * 30 + 1 * 6 + 2]).toBeCloseTo(wanted, 5);
    for (const p of [0, 2, 3, Number.POSITIVE_INFINITY]) {
      expect(cdist(zeros([2, 0]), zeros([1, 0]), { p }).tolistSync()).toEqual([[0], [0]]);
    }
    expect(cdist(zeros([0, 3]), zeros([2, 3])).shape).toEqual([0, 2]);
  });

  test('meshgrid, cartesianProd and combinations', () => {
    const [x, y, z] = [tensor([1, 2]), tensor([3, 4, 5]), tensor([6])];
    expect(lists(meshgrid(x, y))).toEqual([
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
      [
        [3, 4, 5],
        [3, 4, 5],
      ],
    ]);
    expect(lists(meshgrid(x, y, { indexing: 'xy' }))).toEqual([
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      [
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    ]);
    expect(meshgrid(x, y, z, { indexing: 'xy' }).map((grid) => grid.shape)).toEqual([
      [3, 2, 1],
      [3, 2, 1],
      [3, 2, 1],
    ]);
    expect(meshgrid()).toEqual([]);
    expect(cartesianProd(x, y).tolistSync()).toEqual([
      [1, 3],
      [1, 4],
      [1, 5],
      [2, 3],
      [2, 4],
      [2, 5],
    ]);
    expect(cartesianProd(x).tolistSync()).toEqual([1, 2]);
    expect(combinations(y, { r: 2, withReplacement: true }).tolistSync()).toEqual([
      [3, 3],
      [3, 4],
      [3, 5],
      [4, 4],
      [4, 5],
      [5, 5],
    ]);
    expect(combinations(y, { r: 3 }).tolistSync()).toEqual([[3, 4, 5]]);
    expect(combinations(y, { r: 4 }).shape).toEqual([0, 4]);
    expect(combinations(y, { r: 0 }).shape).toEqual([1, 0]);
  });

  test('diff takes differences several times, along any axis, after joining', () => {
    const squares = tensor([1, 4, 9, 16]);
    expect(diff(squares).tolistSync()).toEqual([3, 5, 7]);
    expect(diff(squares, { n: 2 }).tolistSync()).toEqual([2, 2]);
    expect(diff(squares, { n: 0 }).tolistSync()).toEqual([1, 4, 9, 16]);
    expect(diff(squares, { n: 9 }).shape).toEqual([0]);
    expect(diff(squares, { prepend: tensor([0]), append: tensor([25]) }).tolistSync()).toEqual([
      1, 3, 5, 7, 9,
    ]);
    expect(diff(tensor([[1, 2, 4]]).expand([2, 3]), { dim: 0 }).tolistSync()).toEqual([[0, 0, 0]]);
    expect(diff(tensor([1, 0, 0], { dtype: 'bool' })).tolistSync()).toEqual([true, false]);
  });

  test('trapezoid takes positions, distances, and one distance', () => {
    const y = tensor([
      [1, 5, 10],
      [2, 2, 3],
    ]);
    expect(trapezoid(y, tensor([1, 3, 6])).tolistSync()).toEqual([28.5, 11.5]);
    expect(trapezoid(y, 2).tolistSync()).toEqual([21, 9]);
    expect(trapezoid(y, 1, { dim: 0 }).tolistSync()).toEqual([1.5, 3.5, 6.5]);
    expect(trapezoid(y, y).tolistSync()).toEqual([49.5, 2.5]);
    expect(trapezoid(tensor([4])).tolistSync()).toEqual(0);
  });
});

test('gradients of what neighbours make agree with finite differences', () => {
  manualSeed(2);
  const dtype = 'float64';
  const [y, x] = [randn([2, 5], { dtype }), randn([5], { dtype })];
  expect(gradcheck((a, b) => trapezoid(a, b), [y, x])).toBe(true);
  expect(gradcheck((a) => diff(a, { n: 2 }).square(), [y])).toBe(true);
  expect(gradcheck((a, b) => cdist(a, b, { p: 1.5 }), [y, randn([3, 5], { dtype })])).toBe(true);
});

test('what does not fit is refused, and the message says why', () => {
  expect(() => meshgrid(zeros([2, 2]))).toThrow('meshgrid: takes lists, got [2, 2]');
  expect(() => meshgrid(zeros([2]), { indexing: 'yx' as 'xy' })).toThrow(
    "meshgrid: there is no indexing 'yx'",
  );
  expect(() => combinations(zeros([2]), { r: -1 })).toThrow('combinations: r is a whole number');
  expect(() => cdist(zeros([2, 3]), zeros([2, 4]))).toThrow('cdist: left: [2, 3], right: [2, 4]');
  expect(() => cdist(zeros([2, 3]), zeros([2, 3]), { p: -1 })).toThrow(
    'cdist: p is a number of zero or more',
  );
  expect(() => diff(tensor(1) as Tensor)).toThrow('diff: a number has no neighbours');
  expect(() => diff(zeros([2]), { n: 0.5 })).toThrow('diff: n is a whole number');
  expect(() => trapezoid(zeros([2, 3]), zeros([2]))).toThrow('trapezoid: y: [2, 3], x: [2]');
});
