import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../compile.ts';
import { eye, ones, zeros } from '../../create.ts';
import { setDevice } from '../../engine.ts';
import { manualSeed } from '../../generator.ts';
import { grad } from '../../grad.ts';
import { gradcheck } from '../../gradcheck.ts';
import type { Tensor } from '../../tensor.ts';
import { vmap } from '../../transforms/vmap.ts';
import * as linalg from '../linalg.ts';
import {
  difference,
  epsilon,
  expectNumbers,
  largest,
  normal,
  of,
  product,
  transposed,
  type Wide,
} from './testing.ts';

const a = of([
  [4, -2, 1],
  [3, 6, -1],
  [2, 1, 8],
]);
const t = of([
  [1, 2, 0],
  [-1, 3, 1],
]);

/** How far the columns are from perpendicular and of length 1. */
const skewness = (q: Tensor): number => {
  const n = q.shape.at(-1)!;
  const ones = eye(n, { dtype: q.dtype }).expand([...q.shape.slice(0, -2), n, n]) as Tensor;
  return difference(product(transposed(q), q), ones);
};

const scaled = (u: Tensor, s: Tensor): Tensor => u.mul(s.unsqueeze(-2)) as Tensor;

function checkEigh(x: Tensor, dtype: Wide): void {
  const n = x.shape.at(-1)!;
  const [values, vectors] = linalg.eigh(x);
  const bound = (n + 4) * epsilon(dtype);
  expect(skewness(vectors)).toBeLessThan(bound);
  expect(difference(product(x, vectors), scaled(vectors, values))).toBeLessThanOrEqual(
    bound * largest(values),
  );
  const list = values.dataSync() as Float64Array;
  for (let i = 1; i < list.length; i++) if (i % n) expect(list[i]).toBeGreaterThanOrEqual(list[i - 1]);
}

function checkSvd(x: Tensor, dtype: Wide, fullMatrices: boolean): void {
  const [m, n] = x.shape.slice(-2);
  const k = Math.min(m, n);
  const [u, s, vh] = linalg.svd(x, { fullMatrices });
  const bound = 2 * (Math.max(m, n) + 4) * epsilon(dtype);
  expect([u, s, vh].map((part) => part.shape.slice(-2))).toEqual([
    [m, fullMatrices ? m : k],
    [...x.shape.slice(0, -2), k].slice(-2),
    [fullMatrices ? n : k, n],
  ]);
  expect(skewness(u)).toBeLessThan(bound);
  expect(skewness(transposed(vh))).toBeLessThan(bound);
  const rebuilt = product(scaled(u.narrow(-1, 0, k) as Tensor, s), vh.narrow(-2, 0, k) as Tensor);
  expect(difference(rebuilt, x)).toBeLessThanOrEqual(bound * largest(s));
  const list = s.dataSync() as Float64Array;
  for (let i = 1; i < list.length; i++) if (i % k) expect(list[i]).toBeLessThanOrEqual(list[i - 1]);
}

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => {
    setDevice(device);
    manualSeed(9);
  });
  afterAll(() => setDevice('wasm'));
  const sizes = device === 'wasm' ? [1, 2, 3, 5, 16, 33, 100] : [1, 2, 3, 5];

  test.each(['float32', 'float64'] as const)('factors in %s rebuild the matrix', (dtype) => {
    for (const n of sizes) {
      const x = normal([2, n, n], dtype);
      const bound = 4 * (n + 4) * epsilon(dtype) * largest(x);
      const [q, r] = linalg.qr(x);
      expect(skewness(q)).toBeLessThan((n + 4) * epsilon(dtype));
      expect(difference(product(q, r), x)).toBeLessThan(bound);
      expect(difference(r.triu() as Tensor, r)).toBe(0);
      const [p, l, u] = linalg.lu(x);
      expect(difference(product(p, l, u), x)).toBeLessThan(bound);
      expect(largest(l)).toBe(1);
      const positive = product(x, transposed(x)).add(eye(n)) as Tensor;
      const factor = linalg.cholesky(positive);
      expect(difference(product(factor, transposed(factor)), positive)).toBeLessThan(
        (n + 4) * epsilon(dtype) * largest(positive),
      );
      checkEigh(x.add(transposed(x)) as Tensor, dtype);
      checkSvd(x, dtype, true);
    }
  });

  test('tall and wide matrices', () => {
    for (const [m, n] of [
      [5, 2],
      [2, 5],
      [1, 4],
      [4, 1],
      [7, 6],
    ]) {
      const x = normal([2, m, n]);
      const k = Math.min(m, n);
      for (const mode of ['reduced', 'complete'] as const) {
        const [q, r] = linalg.qr(x, { mode });
        expect(q.shape).toEqual([2, m, mode === 'complete' ? m : k]);
        expect(skewness(q)).toBeLessThan(1e-14);
        expect(difference(product(q, r), x)).toBeLessThan(1e-14);
      }
      const [p, l, u] = linalg.lu(x);
      expect([p.shape, l.shape, u.shape]).toEqual([
        [2, m, m],
        [2, m, k],
        [2, k, n],
      ]);
      expect(difference(product(p, l, u), x)).toBeLessThan(1e-14);
      expect(
        difference(product(p, transposed(p)), eye(m, { dtype: 'float64' }).expand([2, m, m]) as Tensor),
      ).toBe(0);
      checkSvd(x, 'float64', true);
      checkSvd(x, 'float64', false);
    }
  });

  test('numbers of PyTorch', () => {
    const s = product(a, transposed(a));
    expectNumbers(linalg.cholesky(s), [
      [4.58257569495584, 0, 0],
      [-0.2182178902359924, 6.778818551368738, 0],
      [3.0550504633038935, 0.6884188787918512, 7.6936822207568225],
    ]);
    expectNumbers(linalg.cholesky(s.triu() as Tensor, { upper: true }), [
      [4.58257569495584, -0.2182178902359924, 3.0550504633038935],
      [0, 6.778818551368738, 0.6884188787918512],
      [0, 0, 7.6936822207568225],
    ]);
    const [q, r] = linalg.qr(transposed(t), { mode: 'complete' });
    expectNumbers(q, [
      [-0.44721359549995787, 0.8164965809277261, 0.36514837167011066],
      [-0.8944271909999157, -0.40824829046386313, -0.18257418583505539],
      [0, -0.40824829046386296, 0.9128709291752769],
    ]);
    expectNumbers(r, [
      [-2.23606797749979, -2.236067977499789],
      [0, -2.4494897427831783],
      [0, 0],
    ]);
    const [wideQ, wideR] = linalg.qr(t);
    expectNumbers(wideQ, [
      [-Math.SQRT1_2, Math.SQRT1_2],
      [Math.SQRT1_2, Math.SQRT1_2],
    ]);
    expectNumbers(wideR, [
      [-Math.SQRT2, Math.SQRT1_2, Math.SQRT1_2],
      [0, 3.5355339059327378, Math.SQRT1_2],
    ]);
    const [none, same] = linalg.qr(t, { mode: 'r' });
    expect(none.shape).toEqual([0]);
    expect(same.tolistSync()).toEqual(wideR.tolistSync());
    const [values, vectors] = linalg.eigh(s.tril() as Tensor);
    expectNumbers(values, [17.074410267741843, 45.66394405480896, 73.26164567744918]);
    expectNumbers(vectors, [
      [0.9617979915127205, -0.1016824475627878, 0.25417573326290943],
      [0.0698547314412381, 0.9888823530939315, 0.13127074401663785],
      [-0.2646978277534011, -0.10850056035362199, 0.9582080611149025],
    ]);
    expectNumbers(linalg.eigvalsh(s), [17.074410267741843, 45.66394405480896, 73.26164567744918]);
    const [u, sv, vh] = linalg.svd(t);
    expectNumbers(sv, [3.7189987758596126, 1.4727688566624086]);
    expectNumbers(u, [
      [0.49269881498359314, 0.8701999067534788],
      [0.8701999067534788, -0.49269881498359297],
    ]);
    expectNumbers(vh, [
      [-0.10150610810099837, 0.966926198946231, 0.23398768302964554],
      [0.9253989284005332, 0.17810219666826121, -0.334539132026561],
      [0.36514837167011077, -0.18257418583505544, 0.9128709291752768],
    ]);
    const [p, l, upper] = linalg.lu(a);
    expect(p.tolistSync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expectNumbers(l, [
      [1, 0, 0],
      [0.75, 1, 0],
      [0.5, 4 / 15, 1],
    ]);
    expectNumbers(upper, [
      [4, -2, 1],
      [0, 7.5, -1.75],
      [0, 0, 7.966666666666667],
    ]);
  });

  test('matrices with equal eigenvalues, opposite ones, and of lower rank', () => {
    const n = device === 'wasm' ? 40 : 5;
    checkEigh(eye(n, { dtype: 'float64' }) as Tensor, 'float64');
    checkEigh(zeros([n, n], { dtype: 'float64' }) as Tensor, 'float64');
    checkEigh(ones([n, n], { dtype: 'float64' }) as Tensor, 'float64');
    const swap = of([
      [0, 1],
      [1, 0],
    ]);
    checkEigh(swap, 'float64');
    expectNumbers(linalg.eigh(swap)[0], [-1, 1]);
    const [q] = linalg.qr(normal([n, n]));
    const spectrum = of(Array.from({ length: n }, (_, i) => [-1, 2, 2, -2][i % 4]));
    const x = product(scaled(q, spectrum), transposed(q));
    checkEigh(x, 'float64');
    checkEigh(x.mul(1e-150) as Tensor, 'float64');
    checkEigh(x.mul(1e200) as Tensor, 'float64');
    const hard: ((i: number) => number)[] = [
      (i) => 10 ** ((-12 * i) / n),
      (i) => 1 + 10 ** ((-12 * i) / n),
      (i) => (i % 3) - 1 + 1e-9 * i,
      (i) => (i % 2 ? 1 : -1) * 10 ** ((-6 * Math.floor(i / 2)) / n),
      (i) => (i % 2 ? 1 : -1),
    ];
    const [other] = linalg.qr(normal([n, n]));
    for (const eigenvalue of hard) {
      const scales = of(Array.from({ length: n }, (_, i) => eigenvalue(i)));
      const symmetric = product(scaled(q, scales), transposed(q));
      checkEigh(symmetric.add(transposed(symmetric)) as Tensor, 'float64');
      checkSvd(product(scaled(q, scales), transposed(other)), 'float64', true);
    }
    const low = product(normal([n, 2]), normal([2, n]));
    checkSvd(low, 'float64', true);
    expect(largest(linalg.svdvals(low).narrow(0, 2, n - 2) as Tensor)).toBeLessThan(1e-13);
    checkSvd(zeros([4, 3], { dtype: 'float64' }) as Tensor, 'float64', true);
    checkSvd(ones([3, 4], { dtype: 'float64' }) as Tensor, 'float64', false);
    checkSvd(normal([4, 4], 'float32').mul(1e30) as Tensor, 'float32', true);
  });

  test("Hilbert's matrix keeps the digits of its size", () => {
    const hilbert = of(
      Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => 1 / (i + j + 1))),
    );
    const expected = [
      1.1115390158041429e-10, 1.7988737457918858e-8, 1.294332091873755e-6, 5.4369433697499504e-5,
      0.0014676881177417907, 0.0262128435781189, 0.2981252113169306, 1.695938996921949,
    ];
    expectNumbers(linalg.eigvalsh(hilbert), expected, 14);
    expectNumbers(linalg.svdvals(hilbert), expected.reverse(), 14);
    const factor = linalg.cholesky(hilbert);
    expect(difference(product(factor, transposed(factor)), hilbert)).toBeLessThan(1e-15);
  });

  test('what is not positive definite, or not a number, shows as NaN', () => {
    const [[first], rest] = linalg
      .cholesky(
        of([
          [4, 2],
          [2, -10],
        ]),
      )
      .tolistSync() as number[][];
    expect(first).toBe(2);
    expect(rest).toEqual([1, Number.NaN]);
    expect((linalg.cholesky(zeros([2, 2])).tolistSync() as number[][])[0][0]).toBeNaN();
    for (const part of [
      ...linalg.eigh(
        of([
          [1, Number.NaN],
          [Number.NaN, 1],
        ]),
      ),
      linalg.svdvals(of([[Number.NaN]])),
    ])
      expect(largest(part)).toBeNaN();
  });

  test('gradients', () => {
    const x = normal([3, 3]);
    const symmetric = (m: Tensor): Tensor => m.add(transposed(m)) as Tensor;
    const positive = (m: Tensor): Tensor => product(m, transposed(m)).add(eye(3)) as Tensor;
    expect(gradcheck((m) => linalg.cholesky(positive(m)), [x])).toBe(true);
    expect(gradcheck((m) => linalg.cholesky(positive(m), { upper: true }), [x])).toBe(true);
    expect(gradcheck((m) => linalg.eigh(symmetric(m))[0], [x])).toBe(true);
    expect(gradcheck((m) => linalg.eigh(symmetric(m))[1], [x])).toBe(true);
    for (const shape of [
      [3, 3],
      [2, 3],
      [4, 2],
    ]) {
      for (const part of [0, 1] as const)
        expect(gradcheck((m) => linalg.qr(m)[part], [normal(shape)])).toBe(true);
      for (const part of [1, 2] as const)
        expect(gradcheck((m) => linalg.lu(m)[part], [normal(shape)])).toBe(true);
      for (const part of [0, 1, 2] as const)
        expect(gradcheck((m) => linalg.svd(m, { fullMatrices: false })[part], [normal(shape)])).toBe(true);
    }
    expect(gradcheck((m) => linalg.qr(m, { mode: 'complete' })[0], [normal([2, 3])])).toBe(true);
    expect(gradcheck((m) => linalg.svdvals(m), [normal([2, 2, 3])])).toBe(true);
  });

  test('gradients of PyTorch', () => {
    const weights = of([1, 2, 3].map((i) => [1, 2, 3].map((j) => Math.cos(3 * (i - 1) + j))));
    const weighted = (x: Tensor): Tensor =>
      x.mul(weights.narrow(0, 0, x.shape[0]).narrow(1, 0, x.shape[1])).sum() as Tensor;
    const slope = (f: (m: Tensor) => Tensor): ((m: Tensor) => Tensor) => grad(f) as (m: Tensor) => Tensor;
    const s = product(a, transposed(a));
    expectNumbers(slope((m) => weighted(linalg.cholesky(m)))(s), [
      [-0.025251330187135983, -0.06715347416154749, 0.12150804051201958],
      [-0.06715347416154749, 0.021401883937948014, -0.0047186316954152905],
      [0.12150804051201956, -0.00471863169541529, -0.059212886348914584],
    ]);
    const ofEigh = (m: Tensor): Tensor => {
      const [values, vectors] = linalg.eigh(m);
      return weighted(vectors.abs() as Tensor).add(values.mul(weights.select(0, 0)).sum()) as Tensor;
    };
    expectNumbers(slope(ofEigh)(s), [
      [0.4274293595448275, 0.06541173484963132, -0.386374070557414],
      [0.06541173484963134, -0.4148688294268698, -0.07992045300344214],
      [-0.386374070557414, -0.07992045300344214, -0.8783975573974059],
    ]);
    const ofSvd = (m: Tensor): Tensor => {
      const [u, , vh] = linalg.svd(m, { fullMatrices: false });
      return weighted(u.abs() as Tensor).add(weighted(vh.abs() as Tensor)) as Tensor;
    };
    expectNumbers(slope(ofSvd)(t), [
      [-0.3129515811307664, 0.45011953671021543, -0.6888885388017306],
      [0.10690843279478202, -0.18829254725343342, 0.08449858226541751],
    ]);
  });

  test('second gradients of eigenvalues and singular values', () => {
    const slope = (f: (m: Tensor) => Tensor): ((m: Tensor) => Tensor) =>
      grad((m: Tensor) => f(m).square().square().sum() as Tensor) as (m: Tensor) => Tensor;
    const x = normal([2, 2]);
    expect(
      gradcheck(
        slope((m) => linalg.eigvalsh(m.add(transposed(m)) as Tensor)),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        slope((m) => linalg.svdvals(m)),
        [x],
      ),
    ).toBe(true);
    expect(
      gradcheck(
        slope((m) => linalg.qr(m)[1]),
        [x],
      ),
    ).toBe(true);
  });

  test('eigenvalues and singular values that are equal have finite gradients', () => {
    const gradient = grad((m: Tensor) => linalg.eigvalsh(m).sum() as Tensor) as (m: Tensor) => Tensor;
    expect(gradient(eye(3, { dtype: 'float64' }) as Tensor).tolistSync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const nuclear = grad((m: Tensor) => linalg.svdvals(m).sum() as Tensor) as (m: Tensor) => Tensor;
    expectNumbers(
      nuclear(
        of([
          [2, 0],
          [0, 2],
          [0, 0],
        ]),
      ),
      [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    );
  });

  test('inside vmap and compile', () => {
    const x = normal([3, 4, 4]);
    const parts = (m: Tensor): Tensor[] => [
      linalg.eigh(m)[1],
      ...linalg.svd(m),
      ...linalg.qr(m),
      ...linalg.lu(m),
      linalg.cholesky(product(m, transposed(m)).add(eye(4)) as Tensor),
    ];
    const expected = parts(x);
    for (const found of [vmap(parts)(x), compile(parts)(x)])
      found.forEach((part, i) => void expect(difference(part, expected[i])).toBeLessThan(1e-12));
    const f = (m: Tensor): Tensor => linalg.svdvals(m).square().square().sum() as Tensor;
    const many = vmap(grad(f) as (m: Tensor) => Tensor)(x);
    const one = grad(f)(x.select(0, 2) as Tensor) as Tensor;
    expect(difference(many.select(0, 2) as Tensor, one)).toBeLessThan(1e-10 * largest(one));
  });
});

describe('shapes', () => {
  test('matrices without elements', () => {
    expect(linalg.cholesky(zeros([0, 0])).shape).toEqual([0, 0]);
    expect(linalg.eigh(zeros([2, 0, 0])).map(({ shape }) => shape)).toEqual([
      [2, 0],
      [2, 0, 0],
    ]);
    expect(linalg.svd(zeros([3, 0])).map(({ shape }) => shape)).toEqual([[3, 3], [0], [0, 0]]);
    expect(linalg.svd(zeros([0, 3]))[2].tolistSync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(linalg.svd(zeros([0, 3, 2])).map(({ shape }) => shape)).toEqual([
      [0, 3, 3],
      [0, 2],
      [0, 2, 2],
    ]);
    expect(linalg.qr(zeros([3, 0])).map(({ shape }) => shape)).toEqual([
      [3, 0],
      [0, 0],
    ]);
    expect(linalg.qr(zeros([2, 0]), { mode: 'complete' })[0].tolistSync()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(linalg.lu(zeros([0, 2])).map(({ shape }) => shape)).toEqual([
      [0, 0],
      [0, 0],
      [0, 2],
    ]);
  });

  test('errors', () => {
    expect(() => linalg.cholesky(zeros([2, 3]))).toThrow(
      'linalg.cholesky: x: [2, 3], expected square matrices',
    );
    expect(() => linalg.svd(zeros([3]))).toThrow('linalg.svd: x: [3], expected matrices');
    expect(() => linalg.qr(eye(2), { mode: 'full' as never })).toThrow("linalg.qr: there is no mode 'full'");
    const sumOfQ = (m: Tensor): Tensor => linalg.qr(m, { mode: 'complete' })[0].sum() as Tensor;
    expect(() => grad(sumOfQ)(normal([3, 2]))).toThrow('linalg.qr: the last 1 columns of Q of [3, 2]');
  });
});
