import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../compile.ts';
import { eye, tensor, zeros } from '../../create.ts';
import { setDevice } from '../../engine.ts';
import { manualSeed } from '../../generator.ts';
import { grad } from '../../grad.ts';
import { gradcheck } from '../../gradcheck.ts';
import type { Tensor } from '../../tensor.ts';
import { vmap } from '../../transforms/vmap.ts';
import * as linalg from '../linalg.ts';
import { difference, expectNumbers, largest, normal, of, product } from './testing.ts';

const a = of([
  [4, -2, 1],
  [3, 6, -1],
  [2, 1, 8],
]);
const t = of([
  [1, 2, 0],
  [-1, 3, 1],
]);

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => {
    setDevice(device);
    manualSeed(6);
  });
  afterAll(() => setDevice('wasm'));

  test('powers: positive, none, negative', () => {
    expect(linalg.matrixPower(a, 3).tolistSync()).toEqual([
      [19, -124, 143],
      [177, 107, -89],
      [268, 71, 537],
    ]);
    expect(linalg.matrixPower(a, 1).tolistSync()).toEqual(a.tolistSync());
    expect(linalg.matrixPower(a, 0).tolistSync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expectNumbers(linalg.matrixPower(a, -2), [
      [0.03492585914112148, 0.024071707428091244, -0.0034488191733337997],
      [-0.03706167609110485, 0.007037691917158312, 0.009173508867141682],
      [-0.00880586824460356, -0.011081738765077639, 0.015405892753978394],
    ]);
    expect(
      linalg
        .matrixPower(
          of([
            [1, 1],
            [0, 1],
          ]),
          13,
        )
        .tolistSync(),
    ).toEqual([
      [1, 13],
      [0, 1],
    ]);
  });

  test('exponentials of small, large and nilpotent matrices, in both precisions', () => {
    expectNumbers(linalg.matrixExp(a.mul(0.25) as Tensor), [
      [2.437612123571723, -1.5425867318673403, 1.4010392578906863],
      [2.2439083320280093, 3.7003117923470588, -0.981208663252676],
      [2.662134984235369, 0.8412651317066726, 7.6219385604964645],
    ]);
    const turn = linalg.matrixExp(
      of([
        [0, -100],
        [100, 0],
      ]),
    );
    expectNumbers(turn, [
      [Math.cos(100), -Math.sin(100)],
      [Math.sin(100), Math.cos(100)],
    ]);
    const single = linalg.matrixExp(
      tensor([
        [
          [0, -10],
          [10, 0],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ]),
    );
    expectNumbers(
      single,
      [
        [
          [Math.cos(10), -Math.sin(10)],
          [Math.sin(10), Math.cos(10)],
        ],
        [
          [1, 0],
          [0, 1],
        ],
      ],
      5,
    );
    expect(
      linalg
        .matrixExp(
          of([
            [0, 1000],
            [0, 0],
          ]),
        )
        .tolistSync(),
    ).toEqual([
      [1, 1000],
      [0, 1],
    ]);
    expect(
      largest(
        linalg.matrixExp(
          of([
            [0, 1e6],
            [-1e6, 0],
          ]),
        ),
      ),
    ).toBeNaN();
    const [[falling]] = linalg.matrixExp(of([[-20]])).tolistSync() as number[][];
    expect(falling / Math.exp(-20)).toBeCloseTo(1, 12);
  });

  test('trace, kron, cross, multiDot, vander', () => {
    expect(linalg.trace(t).itemSync()).toBe(4);
    expect(
      linalg.trace(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { dtype: 'int32' },
        ),
      ).dtype,
    ).toBe('int32');
    expect(
      linalg
        .kron(
          t,
          of([
            [1, 2],
            [3, 4],
          ]),
        )
        .tolistSync(),
    ).toEqual([
      [1, 2, 2, 4, 0, 0],
      [3, 4, 6, 8, 0, 0],
      [-1, -2, 3, 6, 1, 2],
      [-3, -4, 9, 12, 3, 4],
    ]);
    expect(linalg.kron(tensor([1, 2]), t).tolistSync()).toEqual([
      [1, 2, 0, 2, 4, 0],
      [-1, 3, 1, -2, 6, 2],
    ]);
    expect(linalg.cross(a, of([[1, 2, 3]])).tolistSync()).toEqual([
      [-8, -11, 10],
      [20, -10, 0],
      [-13, 2, 3],
    ]);
    expect(linalg.cross(a, a.transpose(0, 1) as Tensor, { dim: 0 }).tolistSync()).toEqual([
      [7, -12, -16],
      [4, 1, 8],
      [-20, -30, 3],
    ]);
    const chain = [normal([2, 9]), normal([9, 3]), normal([3, 8]), normal([8])];
    const found = linalg.multiDot(chain);
    expect(found.shape).toEqual([2]);
    expect(difference(found, product(...chain))).toBeLessThan(1e-12);
    expect(linalg.multiDot([tensor([1, 2]), tensor([3, 4])]).tolistSync()).toBe(11);
    expect(
      linalg
        .vander(
          of([
            [1, 2],
            [3, 0],
          ]),
          { N: 3 },
        )
        .tolistSync(),
    ).toEqual([
      [
        [1, 1, 1],
        [1, 2, 4],
      ],
      [
        [1, 3, 9],
        [1, 0, 0],
      ],
    ]);
    expect(linalg.vander(of([2, 3])).shape).toEqual([2, 2]);
    expect(linalg.vander(of([2, 3]), { N: 1 }).tolistSync()).toEqual([[1], [1]]);
  });

  test('gradients, first and second', () => {
    const x = normal([2, 2]);
    expect(gradcheck((m) => linalg.matrixPower(m, 3), [x])).toBe(true);
    expect(gradcheck((m) => linalg.matrixPower(m, -2), [x])).toBe(true);
    expect(gradcheck((m) => linalg.matrixExp(m), [x.mul(3) as Tensor])).toBe(true);
    const slope = grad((m: Tensor) => linalg.matrixExp(m).square().sum() as Tensor) as (m: Tensor) => Tensor;
    expect(gradcheck(slope, [x])).toBe(true);
    expect(gradcheck((m) => linalg.trace(m), [x])).toBe(true);
    expect(gradcheck((m, y) => linalg.kron(m, y), [x, normal([2, 1])])).toBe(true);
    expect(gradcheck((m, y) => linalg.cross(m, y), [normal([2, 3]), normal([3])])).toBe(true);
    expect(gradcheck((m, y) => linalg.multiDot([m, x, y]), [normal([2]), normal([2, 2])])).toBe(true);
    expect(gradcheck((m) => linalg.vander(m, { N: 4 }), [of([-2, 0, 3])])).toBe(true);
  });

  test('inside vmap and compile', () => {
    const x = normal([3, 2, 2]);
    const expected = linalg.matrixExp(x);
    expect(difference(vmap((m: Tensor) => linalg.matrixExp(m))(x), expected)).toBeLessThan(1e-13);
    expect(difference(compile((m: Tensor) => linalg.matrixExp(m))(x), expected)).toBeLessThan(1e-13);
  });
});

test('errors, and matrices without elements', () => {
  expect(linalg.matrixExp(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
  expect(() => linalg.matrixPower(eye(2), 0.5)).toThrow(
    'linalg.matrixPower: the power is an integer, got 0.5',
  );
  expect(() => linalg.matrixExp(zeros([2, 3]))).toThrow(
    'linalg.matrixExp: x: [2, 3], expected square matrices',
  );
  expect(() => linalg.trace(zeros([2, 2, 2]))).toThrow('linalg.trace: x: [2, 2, 2], expected one matrix');
  expect(() => linalg.cross(zeros([2]), zeros([3]))).toThrow(
    'expected vectors of 3 along axis -1, got 2 and 3',
  );
  expect(() => linalg.multiDot([eye(2)])).toThrow('linalg.multiDot: takes two tensors or more, got 1');
  expect(() => linalg.multiDot([zeros([2, 3]), zeros([2, 3])])).toThrow(
    'linalg.multiDot: tensor 0: [2, 3], tensor 1: [2, 3]: 3 columns against 2 rows',
  );
  expect(() => linalg.multiDot([eye(2), zeros([2]), eye(2)])).toThrow('tensor 1: [2], expected a matrix');
  expect(() => linalg.vander(tensor(3))).toThrow('linalg.vander: x: [], expected vectors');
  expect(() => linalg.vander(tensor([3]), { N: 0 })).toThrow('linalg.vander: N is a positive integer, got 0');
});
