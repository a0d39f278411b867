import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';
import { erf } from './elementwise.ts';
import * as R from './random.ts';

/** The largest distance of the share of numbers up to x from the probability of that (Kolmogorov and Smirnov). */
function distance(x: Tensor, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(x.dataSync() as Float32Array).sort();
  let most = 0;
  sorted.forEach((value, i) => {
    const isLast = i + 1 === sorted.length || sorted[i + 1] !== value;
    if (isLast) most = Math.max(most, Math.abs((i + 1) / sorted.length - cdf(value)));
  });
  return most;
}

const normalCdf = (x: number): number =>
  0.5 * (1 + erf(tensor(x * Math.SQRT1_2, { dtype: 'float64' })).itemSync());

/** Probabilities of 0, 1, … added up. */
const steps =
  (probability: (k: number, before: number) => number) =>
  (x: number): number => {
    let [term, total] = [0, 0];
    for (let k = 0; k <= x; k++) total += term = probability(k, term);
    return total;
  };
const poissonCdf = (rate: number): ((x: number) => number) =>
  steps((k, before) => (k ? (before * rate) / k : Math.exp(-rate)));

const laws: Readonly<Record<string, { draw: (n: number) => Tensor; cdf: (x: number) => number }>> = {
  normal: { draw: (n) => R.normal(3, 2, [n]), cdf: (x) => normalCdf((x - 3) / 2) },
  uniform: { draw: (n) => R.uniform(-1, 3, [n]), cdf: (x) => (x + 1) / 4 },
  exponential: { draw: (n) => R.exponential(0.5, [n]), cdf: (x) => 1 - Math.exp(-x / 2) },
  // Half of χ² with one degree of freedom, and the sum of three exponential numbers.
  'gamma(0.5)': { draw: (n) => R.gamma(0.5, 1, [n]), cdf: (x) => 2 * normalCdf(Math.sqrt(2 * x)) - 1 },
  'gamma(1)': { draw: (n) => R.gamma(1, 2, [n]), cdf: (x) => 1 - Math.exp(-2 * x) },
  'gamma(3)': { draw: (n) => R.gamma(3, 1, [n]), cdf: (x) => 1 - Math.exp(-x) * (1 + x + x ** 2 / 2) },
  'beta(2, 3)': { draw: (n) => R.beta(2, 3, [n]), cdf: (x) => x ** 2 * (6 - 8 * x + 3 * x ** 2) },
  'beta(0.5, 0.5)': {
    draw: (n) => R.beta(0.5, 0.5, [n]),
    cdf: (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)),
  },
  'poisson(0.2)': { draw: (n) => R.poisson(0.2, [n]), cdf: poissonCdf(0.2) },
  'poisson(9.9)': { draw: (n) => R.poisson(9.9, [n]), cdf: poissonCdf(9.9) },
  'poisson(10)': { draw: (n) => R.poisson(10, [n]), cdf: poissonCdf(10) },
  'poisson(300)': { draw: (n) => R.poisson(300, [n]), cdf: poissonCdf(300) },
  binomial: {
    draw: (n) => R.binomial(4, 0.3, [n]),
    cdf: steps((k) => [1, 4, 6, 4, 1][k] * 0.3 ** k * 0.7 ** (4 - k)),
  },
  geometric: { draw: (n) => R.geometric(0.2, [n]), cdf: (x) => 1 - 0.8 ** x },
  categorical: { draw: (n) => R.categorical(tensor([0, Math.log(3), 0]), [n]), cdf: (x) => [0.2, 0.8, 1][x] },
  multinomial: {
    draw: (n) => R.multinomial(tensor([2, 0, 5, 3]), n, { replacement: true }),
    cdf: (x) => [0.2, 0.2, 0.7, 1][x],
  },
};

test.each(Object.entries(laws))('%s has the distribution it should have', (_, { draw, cdf }) => {
  manualSeed(11);
  const n = 20_000;
  // A distance above 2.2/√n comes with a probability of 2·exp(-2·2.2²) = 1.3e-4.
  expect(distance(draw(n), cdf)).toBeLessThan(2.2 / Math.sqrt(n));
});

test('gamma numbers of small concentration and Poisson numbers of a large rate keep mean and variance', () => {
  manualSeed(2);
  const n = 20_000;
  for (const [x, mean, variance] of [
    [R.gamma(0.05, 1, [n]), 0.05, 0.05],
    [R.gamma(1e4, 1, [n]), 1e4, 1e4],
    [R.poisson(1e5, [n]), 1e5, 1e5],
  ] as const) {
    const wide = x.to('float64');
    expect(Math.abs(wide.mean().itemSync() - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    // The variance of a sample variance is (kurtosis - 1)·variance² / n; the kurtosis of gamma(0.05) is 123.
    const kurtosis = mean < 1 ? 123 : 3;
    expect(Math.abs(wide.var().itemSync() / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / n));
  }
});

test('multinomial without replacement: each pair as often as one drawn after the other', () => {
  manualSeed(4);
  const [weights, n] = [[1, 2, 5], 20_000];
  const pairs = R.multinomial(tensor(Array.from({ length: n }, () => weights)), 2).tolistSync() as number[][];
  const counts = new Map<string, number>();
  for (const pair of pairs) counts.set(String(pair), (counts.get(String(pair)) ?? 0) + 1);
  for (const [i, first] of weights.entries()) {
    for (const [j, second] of weights.entries()) {
      const p = i === j ? 0 : (first / 8) * (second / (8 - first));
      expect(Math.abs((counts.get(`${i},${j}`) ?? 0) / n - p)).toBeLessThanOrEqual(
        5 * Math.sqrt((p * (1 - p)) / n),
      );
    }
  }
});

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  /** What each function draws first after a seed. */
  const draws: Readonly<Record<string, () => Tensor>> = {
    normal: () => R.normal(tensor([1, 2]), tensor([[1], [2]])),
    uniform: () => R.uniform(tensor([1, 2]), 4),
    exponential: () => R.exponential(tensor([1, 2])),
    poisson: () => R.poisson(tensor([0.5, 4, 30])),
    gamma: () => R.gamma(tensor([0.5, 4]), tensor([[1], [2]])),
    beta: () => R.beta(tensor([0.5, 4]), 2),
    dirichlet: () => R.dirichlet(tensor([0.5, 4, 2]), [2]),
    binomial: () => R.binomial(12, tensor([0.5, 0.1])),
    geometric: () => R.geometric(tensor([0.5, 0.1])),
    categorical: () => R.categorical(zeros([2, 5]), [3]),
    multinomial: () => R.multinomial(tensor([1, 2, 3, 4]), 3),
    replacement: () => R.multinomial(tensor([1, 2, 3, 4]), 3, { replacement: true }),
    randnLike: () => R.randnLike(zeros([3])),
  };

  test.each(Object.entries(draws))(
    '%s: the same numbers as ever, inside compile too, where each call has new ones',
    (name, draw) => {
      manualSeed(9);
      const eager = [draw(), draw()].map((x) => x.tolistSync());
      manualSeed(9);
      const step = compile(draw);
      expect([step(), step()].map((x) => x.tolistSync())).toEqual(eager);
      expect(eager[0]).not.toEqual(eager[1]);
      setDevice('reference');
      manualSeed(9);
      const plain = draw();
      const numbers = (x: unknown): number[] => [x].flat(9) as number[];
      const expected = numbers(plain.tolistSync());
      setDevice(device);
      numbers(eager[0]).forEach((value, i) => {
        expect(value, name).toBeCloseTo(expected[i], 4);
      });
    },
  );

  test('shapes and dtypes', () => {
    const wide = tensor([1, 2], { dtype: 'float64' });
    expect(R.normal(wide, 1).dtype).toBe('float64');
    expect(R.poisson(wide, [3, 2]).shape).toEqual([3, 2]);
    expect(R.gamma(2, wide, [3, 1, 2]).shape).toEqual([3, 1, 2]);
    expect(R.gamma(tensor([2], { dtype: 'float16' })).dtype).toBe('float16');
    expect([R.uniform(0, 1).shape, R.uniform(0, 1).dtype]).toEqual([[], 'float32']);
    expect(R.multinomial(zeros([4, 3]).add(1), 2).shape).toEqual([4, 2]);
    expect(R.multinomial(zeros([4, 3]).add(1), 2).dtype).toBe('int32');
    expect(R.categorical(zeros([4, 3]), [2]).shape).toEqual([2, 4]);
    expect([R.randLike(wide).dtype, R.randnLike(wide).dtype, R.randintLike(wide, 0, 9).dtype]).toEqual([
      'float64',
      'float64',
      'float64',
    ]);
    expect(
      R.dirichlet(tensor([[1, 2]]), [5])
        .sum(-1)
        .sub(1)
        .abs()
        .max()
        .itemSync(),
    ).toBeLessThan(1e-6);
  });

  test('edges: rate 0, probability 0 and 1, weights that are used up', () => {
    expect(R.poisson(zeros([3])).tolistSync()).toEqual([0, 0, 0]);
    expect(R.binomial(5, tensor([0, 1])).tolistSync()).toEqual([0, 5]);
    expect(R.geometric(1, [2]).tolistSync()).toEqual([1, 1]);
    expect((R.multinomial(tensor([0, 1, 0, 2]), 2).tolistSync() as number[]).sort()).toEqual([1, 3]);
    expect(() => R.multinomial(tensor([0, 1, 0]), 2).tolistSync()).toThrow(
      'multinomial: index 3 is outside 0 to 2',
    );
  });
});

test('gumbelSoftmax draws as categorical does, and hard ones have the gradient of the softmax', () => {
  const logits = tensor([0, Math.log(3)], { dtype: 'float64' });
  const n = 5000;
  manualSeed(8);
  const hard = R.gumbelSoftmax(logits.expand([n, 2]), { tau: 0.5, hard: true });
  expect(hard.sum(1).ne(1).any().itemSync()).toBe(0);
  expect(Math.abs(hard.select(1, 1).mean().itemSync() - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / n));
  const slopes = [true, false].map((isHard) => {
    manualSeed(9);
    const f = (x: Tensor): Tensor =>
      R.gumbelSoftmax(x, { tau: 2, hard: isHard })
        .mul(tensor([1, -2]))
        .sum();
    return grad(f)(logits).tolistSync();
  });
  expect(slopes[0]).toEqual(slopes[1]);
  const soft = (x: Tensor): Tensor => {
    manualSeed(9);
    return R.gumbelSoftmax(x, { tau: 2, dim: 0 });
  };
  expect(gradcheck(soft, [logits])).toBe(true);
  expect(() => R.gumbelSoftmax(logits, { tau: 0 })).toThrow('gumbelSoftmax: tau is a positive number, got 0');
});

test('errors say what is wrong', () => {
  expect(() => R.normal(tensor([1, 2]), 1, [3])).toThrow('normal: left: [2], right: [3]');
  expect(() => R.normal(zeros([2, 2]), 1, [2])).toThrow(
    'normal: parameters of shape [2, 2] do not broadcast to [2]',
  );
  expect(() => R.multinomial(tensor([1, 2]), 3)).toThrow(
    'multinomial: numSamples is an integer from 1 to 2, got 3',
  );
  expect(() => R.multinomial(zeros([1, 2, 3]), 1)).toThrow(
    'multinomial: probs: [1, 2, 3], expected [C] or [N, C]',
  );
  expect(() => R.binomial(0, 0.5)).toThrow('binomial: count is an integer from 1 to 65536, got 0');
  expect(() => R.categorical(tensor(1))).toThrow('categorical: got []: expected one element or more');
  expect(() => R.randLike(tensor([1], { dtype: 'int32' }))).toThrow(
    'randLike: takes a tensor of floats, got int32',
  );
  expect(() => R.poisson(1, [-1])).toThrow('poisson: every length of a shape');
});
