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
import { difference, epsilon, expectNumbers, largest, normal, of, product, transposed } from './testing.ts';

const a = [
  [4, -2, 1],
  [3, 6, -1],
  [2, 1, 8],
];
const b = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const positive = (x: Tensor): Tensor => product(x, transposed(x)).add(eye(x.shape[0])) as Tensor;
const hilbert = of(Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => 1 / (i + j + 1))));

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => {
    setDevice(device);
    manualSeed(5);
  });
  afterAll(() => setDevice('wasm'));
  const sizes = device === 'wasm' ? [1, 2, 3, 5, 16, 33, 100] : [1, 2, 3, 5];

  test.each(['float32', 'float64'] as const)('residuals in %s are of the size of rounding', (dtype) => {
    for (const n of sizes) {
      const matrices = normal([2, n, n], dtype);
      const right = normal([2, n, 3], dtype);
      const bound = 4 * n * epsilon(dtype);
      const x = linalg.solve(matrices, right);
      expect(difference(product(matrices, x), right)).toBeLessThan(bound * largest(x) * largest(matrices));
      const inverse = linalg.inv(matrices);
      const scale = largest(inverse) * largest(matrices);
      expect(difference(product(inverse, matrices), eye(n).expand([2, n, n]) as Tensor)).toBeLessThan(
        bound * n * scale,
      );
      const triangle = matrices.tril().add(eye(n).mul(n)) as Tensor;
      const y = linalg.solveTriangular(triangle, right, { upper: false });
      expect(difference(product(triangle, y), right)).toBeLessThan(bound * n);
    }
  });

  test('solve takes vectors, matrices and batches that broadcast', () => {
    expectNumbers(linalg.solve(of(a), of(b)), [
      [0.33472803347280333, 0.5941422594142259],
      [0.4142259414225941, 0.4602510460251046],
      [0.48953974895397484, 0.5439330543933055],
    ]);
    const first = [0.33472803347280333, 0.4142259414225941, 0.48953974895397484];
    expectNumbers(linalg.solve(of(a), of([1, 3, 5])), first);
    expectNumbers(
      linalg.solve(
        of([a, a]),
        of([
          [1, 3, 5],
          [2, 6, 10],
        ]),
      ),
      [first, first.map((x) => 2 * x)],
    );
    expect(linalg.solve(normal([2, 1, 3, 3]), normal([4, 3, 5])).shape).toEqual([2, 4, 3, 5]);
    expect(
      linalg
        .solve(
          tensor(
            [
              [2, 0],
              [0, 4],
            ],
            { dtype: 'int32' },
          ),
          tensor([2, 4]),
        )
        .tolistSync(),
    ).toEqual([1, 1]);
  });

  test('inv, det, slogdet, matrices of which the first pivot is 0', () => {
    expectNumbers(linalg.inv(of(a)), [
      [0.20502092050209206, 0.0711297071129707, -0.016736401673640166],
      [-0.1087866108786611, 0.12552301255230125, 0.029288702928870293],
      [-0.03765690376569037, -0.03347280334728033, 0.12552301255230125],
    ]);
    const matrices = of([
      a,
      [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 2],
      ],
      [
        [0, 0, 3],
        [2, 0, 0],
        [0, 4, 0],
      ],
    ]);
    expectNumbers(linalg.det(matrices), [239, -2, 24]);
    const [sign, logabsdet] = linalg.slogdet(matrices);
    expect(sign.tolistSync()).toEqual([1, -1, 1]);
    expectNumbers(logabsdet, [5.47646355193151, Math.log(2), Math.log(24)]);
  });

  test('singular matrices give NaN, a determinant of 0, and its logarithm', () => {
    const singular = of([
      [
        [1, 2],
        [2, 4],
      ],
      [
        [0, 1],
        [0, 2],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]);
    const [first, second, third, fourth] = linalg.inv(singular).tolistSync() as number[][][];
    for (const matrix of [first, second, third]) expect(matrix.flat()).toEqual(Array(4).fill(Number.NaN));
    expect(fourth).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect((linalg.det(singular).tolistSync() as number[]).map(Math.abs)).toEqual([0, 0, 0, 1]);
    const [sign, logabsdet] = linalg.slogdet(singular);
    expect((sign.tolistSync() as number[]).map(Math.abs)).toEqual([0, 0, 0, 1]);
    expect(logabsdet.tolistSync()).toEqual([...Array(3).fill(Number.NEGATIVE_INFINITY), 0]);
    const unknown = linalg.inv(
      of([
        [1, Number.NaN],
        [2, 3],
      ]),
    );
    expect((unknown.tolistSync() as number[][]).flat()).toEqual(Array(4).fill(Number.NaN));
  });

  test('triangles: above, below, from the right, with ones on the diagonal', () => {
    const [x, y] = [of(a), of(b)];
    expectNumbers(linalg.solveTriangular(x, y, { upper: true }), [
      [0.3958333333333333, 0.7083333333333333],
      [0.6041666666666666, 0.7916666666666666],
      [0.625, 0.75],
    ]);
    expectNumbers(linalg.solveTriangular(x, transposed(y), { upper: false, left: false }), [
      [-0.359375, 0.3958333333333333, 0.625],
      [-0.28125, 0.5416666666666666, 0.75],
    ]);
    expectNumbers(linalg.solveTriangular(x, y, { upper: false, unitriangular: true }), [
      [1, 2],
      [0, -2],
      [3, 4],
    ]);
    expectNumbers(
      linalg.solveTriangular(
        of([
          [1, Number.NaN],
          [1, 1],
        ]),
        of([[1], [3]]),
        { upper: false },
      ),
      [[1], [2]],
    );
    const factor = linalg.cholesky(product(x, transposed(x)));
    const expected = [
      [0.005129462019222344, 0.05125960679960084],
      [0.059417727280684854, 0.08182629855919889],
      [0.06797850177692968, 0.07181246826911294],
    ];
    expectNumbers(linalg.choleskySolve(y, factor), expected);
    expectNumbers(linalg.choleskySolve(y, transposed(factor), { upper: true }), expected);
  });

  test('least squares and pseudo-inverses', () => {
    const x = of([
      [1, 2, 0],
      [-1, 3, 1],
    ]);
    const tall = linalg.lstsq(transposed(x), of(b));
    expectNumbers(tall.solution, [
      [0.4, 1],
      [1, 1],
    ]);
    expectNumbers(tall.residuals, [19.2, 30]);
    const wide = linalg.lstsq(x, of(b.slice(0, 2)));
    expectNumbers(wide.solution, [
      [-7 / 15, -4 / 15],
      [11 / 15, 17 / 15],
      [1 / 3, 1 / 3],
    ]);
    expect(wide.residuals.shape).toEqual([0]);
    const inverse = [
      [8 / 15, -1 / 3],
      [7 / 30, 1 / 6],
      [-1 / 6, 1 / 6],
    ];
    expectNumbers(linalg.pinv(x), inverse);
    expectNumbers(transposed(linalg.pinv(transposed(x))), inverse);
    // Of rank 1: A⁺ = Aᵀ / Σ A².
    expectNumbers(
      linalg.pinv(
        of([
          [1, 2],
          [2, 4],
        ]),
      ),
      [
        [0.04, 0.08],
        [0.08, 0.16],
      ],
    );
    expectNumbers(
      linalg.pinv(
        of([
          [3, 0],
          [0, 1],
        ]),
        { rtol: 0.5 },
      ),
      [
        [1 / 3, 0],
        [0, 0],
      ],
    );
  });

  test('gradients', () => {
    const x = normal([3, 3]);
    const y = normal([3, 2]);
    expect(gradcheck((m, r) => linalg.solve(m, r), [x, y])).toBe(true);
    expect(gradcheck((m) => linalg.inv(m), [x])).toBe(true);
    expect(gradcheck((m) => linalg.det(m), [normal([2, 3, 3])])).toBe(true);
    expect(gradcheck((m) => linalg.slogdet(m)[1], [x])).toBe(true);
    for (const left of [true, false]) {
      for (const unitriangular of [true, false]) {
        for (const upper of [true, false]) {
          const solve = (m: Tensor, r: Tensor): Tensor =>
            linalg.solveTriangular(m, left ? r : transposed(r), { upper, left, unitriangular });
          expect(gradcheck(solve, [x, y])).toBe(true);
        }
      }
    }
    expect(gradcheck((m, r) => linalg.choleskySolve(r, m), [x, y])).toBe(true);
    expect(gradcheck((m, r) => linalg.lstsq(m, r).solution, [normal([4, 2]), normal([4, 1])])).toBe(true);
    expect(gradcheck((m, r) => linalg.lstsq(m, r).solution, [normal([2, 4]), normal([2, 1])])).toBe(true);
    expect(gradcheck((m) => linalg.pinv(m), [normal([4, 2])])).toBe(true);
    expect(gradcheck((m) => linalg.pinv(m), [normal([2, 3])])).toBe(true);
  });

  test('second gradients', () => {
    const twice = (f: (m: Tensor) => Tensor): ((m: Tensor) => Tensor) =>
      grad((m: Tensor) => f(m).square().sum() as Tensor) as (m: Tensor) => Tensor;
    const x = normal([2, 2]).add(eye(2).mul(3)) as Tensor;
    const y = normal([2, 1]);
    expect(
      gradcheck(
        twice((m) => linalg.solve(m, y)),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        twice((m) => linalg.inv(m)),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        twice((m) => linalg.cholesky(positive(m))),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        twice((m) => linalg.det(m)),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        twice((m) => linalg.slogdet(m)[1]),
        [x],
      ),
    ).toBe(true);
  });

  test('the gradient of a determinant of 0 is the transposed adjugate', () => {
    const gradient = grad((m: Tensor) => linalg.det(m).sum() as Tensor);
    const singular = of([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    expectNumbers(
      gradient(singular) as Tensor,
      [
        [-3, 6, -3],
        [6, -12, 6],
        [-3, 6, -3],
      ],
      9,
    );
    expectNumbers(
      gradient(
        of([
          [0, 0],
          [0, 5],
        ]),
      ) as Tensor,
      [
        [5, 0],
        [0, 0],
      ],
    );
    expect(largest(gradient(zeros([3, 3], { dtype: 'float64' }) as Tensor) as Tensor)).toBeLessThan(1e-15);
  });

  test('inside vmap and compile', () => {
    const [x, y] = [normal([3, 4, 4]), normal([3, 4])];
    const all = linalg.solve(x, y.unsqueeze(2) as Tensor).squeeze(2) as Tensor;
    expect(difference(vmap((m: Tensor, r: Tensor) => linalg.solve(m, r))(x, y), all)).toBeLessThan(1e-12);
    const shared = vmap((r: Tensor) => linalg.solve(x.select(0, 0) as Tensor, r))(y);
    expect(difference(shared.select(0, 0) as Tensor, all.select(0, 0) as Tensor)).toBeLessThan(1e-12);
    const f = (m: Tensor): Tensor => linalg.inv(m).square().sum() as Tensor;
    const one = grad(f)(x.select(0, 1) as Tensor) as Tensor;
    const many = vmap(grad(f) as (m: Tensor) => Tensor)(x);
    expect(difference(many.select(0, 1) as Tensor, one)).toBeLessThan(1e-9 * largest(one));
    const compiled = compile((m: Tensor, r: Tensor) => linalg.solve(m, r));
    expect(difference(compiled(x, y.unsqueeze(2) as Tensor).squeeze(2) as Tensor, all)).toBeLessThan(1e-12);
    expect(largest(vmap((m: Tensor) => linalg.det(m))(x).sub(linalg.det(x)) as Tensor)).toBeLessThan(1e-12);
  });

  test('an ill-conditioned matrix: the residual stays small, the error grows with the condition', () => {
    const ones = tensor(Array(8).fill(1), { dtype: 'float64' }) as Tensor;
    const right = product(hilbert, ones);
    const x = linalg.solve(hilbert, right);
    expect(difference(product(hilbert, x), right)).toBeLessThan(2e-15);
    expect(difference(x, ones)).toBeLessThan(1.5e10 * 8 * 2 ** -52);
    expect((linalg.det(hilbert).itemSync() as number) / 2.737050008673933e-33).toBeCloseTo(1, 5);
  });
});

describe('shapes', () => {
  test('matrices without elements, and batches without matrices', () => {
    expect(linalg.inv(zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
    expect(linalg.det(zeros([2, 0, 0])).tolistSync()).toEqual([1, 1]);
    expect(linalg.slogdet(zeros([0, 0])).map((x) => x.itemSync())).toEqual([1, 0]);
    expect(linalg.solve(zeros([0, 0]), zeros([0, 3])).shape).toEqual([0, 3]);
    expect(linalg.solve(eye(2), zeros([2, 0])).shape).toEqual([2, 0]);
    expect(linalg.det(zeros([0, 3, 3])).shape).toEqual([0]);
    expect(linalg.inv(zeros([0, 3, 3])).shape).toEqual([0, 3, 3]);
    expect(linalg.pinv(zeros([0, 3])).shape).toEqual([3, 0]);
    expect(linalg.solveTriangular(zeros([0, 0]), zeros([0, 2]), { upper: true }).shape).toEqual([0, 2]);
  });

  test('errors name the argument and both shapes', () => {
    expect(() => linalg.inv(zeros([2, 3]))).toThrow(
      'linalg.inv: x: [2, 3], expected square matrices in the last two axes, got 2 rows and 3 columns',
    );
    expect(() => linalg.det(zeros([3]))).toThrow(
      'linalg.det: x: [3], expected matrices in the last two axes',
    );
    expect(() => linalg.solve(zeros([3, 3]), zeros([2, 2]))).toThrow(
      'linalg.solve: a: [3, 3], b: [2, 2]: expected 3 rows in b, got 2',
    );
    expect(() => linalg.solve(zeros([2, 3, 3]), zeros([4, 3, 1]))).toThrow(
      'linalg.solve (batches): left: [2], right: [4], axis -1: 2 against 4',
    );
    expect(() => linalg.solveTriangular(zeros([3, 3]), zeros([3, 2]), { upper: true, left: false })).toThrow(
      'linalg.solveTriangular: a: [3, 3], b: [3, 2]: expected 3 columns in b, got 2',
    );
    expect(() => linalg.lstsq(zeros([3, 2]), zeros([2, 1]))).toThrow('expected 3 rows in b, got 2');
    expect(() => linalg.pinv(eye(2), { rtol: -1 })).toThrow(
      'linalg.pinv: rtol is a number of 0 or more, got -1',
    );
    expect(() => linalg.inv(3 as never)).toThrow('linalg.inv: takes a tensor, got number');
  });
});
