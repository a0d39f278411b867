import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { pca, tsne } from '../index.ts';

/** 300 digits of the package mnist, the first 30 of each class, every 4 × 4 pixels made one: 49 features from 0 to 1. */
let digits: number[][];

beforeAll(() => {
  const packed = createRequire(import.meta.url)('mnist') as Record<number, { get(at: number): number[] }>;
  digits = Array.from({ length: 300 }, (_, at) => {
    const image = packed[Math.floor(at / 30)].get(at % 30);
    return Array.from({ length: 49 }, (__, pixel) => {
      let sum = 0;
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) sum += image[(Math.floor(pixel / 7) * 4 + y) * 28 + (pixel % 7) * 4 + x];
      }
      return sum / 16;
    });
  });
});

describe('pca', () => {
  it('gives the numbers of scikit-learn 1.2, signs included', async () => {
    const { points, explainedVariance, explainedVarianceRatio, components } = pca(digits, { components: 5 });
    // PCA(5).fit(X) of the same digits.
    const ratios = [
      0.176073311035069, 0.126657968245629, 0.103941849601971, 0.094402693143015, 0.078699393149408,
    ];
    ratios.forEach((ratio, at) => {
      expect(explainedVarianceRatio[at]).toBeCloseTo(ratio, 12);
    });
    expect(explainedVariance[0]).toBeCloseTo(0.233265129321029, 12);
    const [first, second] = (await points.tolist()) as number[][];
    const expected = [
      [
        0.7538901975912273, 0.008575300228395663, -0.4489549053937597, 0.22999031819528895,
        0.5376972785962907,
      ],
      [0.783877568407754, 0.02778050351596244, -0.5796204489571535, 0.4923403919632848, 0.5247502188847318],
    ];
    [first, second].forEach((point, row) => {
      point.forEach((value, axis) => {
        expect(value).toBeCloseTo(expected[row][axis], 6);
      });
    });
    expect(components.shape).toEqual([5, 49]);
  });

  it('gives the same for more features than points', async () => {
    const few = digits.slice(0, 12);
    const padded = few.map((digit) => [...digit, ...digit.map((value) => value / 2)]);
    const wide = pca(padded, { components: 3 });
    const all = pca(padded, { components: 12 });
    expect(all.explainedVarianceRatio.slice(0, 3)).toEqual(
      wide.explainedVarianceRatio.map((ratio) => expect.closeTo(ratio, 10)),
    );
    // Twelve points less their mean span eleven directions.
    expect(all.explainedVarianceRatio.slice(0, 11).reduce((sum, ratio) => sum + ratio, 0)).toBeCloseTo(1, 10);
    const lengths = ((await wide.components.tolist()) as number[][]).map((row) => Math.hypot(...row));
    for (const length of lengths) expect(length).toBeCloseTo(1, 6);
  });

  it('refuses what has no components', () => {
    expect(() => pca([[1, 2]])).toThrow('1 points with 2 features are too few');
    expect(() => pca([[1], [2]])).toThrow('components is a whole number from 1 to 1, got 2');
    expect(() => pca([[1], [1, 2]])).toThrow('point 1 has 2 features, those before 1');
    expect(() =>
      pca([
        [1, 2],
        [Number.NaN, 2],
      ]),
    ).toThrow('feature 0 of point 1 is NaN');
  });
});

describe('tsne', () => {
  it('comes as close as scikit-learn does', async () => {
    const { points, klDivergence } = tsne(digits);
    // TSNE(method='exact', init='pca', learning_rate='auto') of scikit-learn 1.2: 0.5974.
    expect(klDivergence).toBeLessThan(0.5974 * 1.1);
    expect(klDivergence).toBeGreaterThan(0.5974 * 0.9);
    const places = (await points.tolist()) as number[][];
    // The nearest neighbour in the plane shows the same digit for most.
    const same = places.filter(([x, y], at) => {
      const distances = places.map(([a, b], other) =>
        other === at ? Infinity : (a - x) ** 2 + (b - y) ** 2,
      );
      return Math.floor(distances.indexOf(Math.min(...distances)) / 30) === Math.floor(at / 30);
    });
    expect(same.length).toBeGreaterThan(210);
  });

  it('begins anywhere with a seed, and ends near the same divergence', () => {
    const some = digits.filter((_, at) => at % 3 === 0);
    const runs = [0, 0, 1].map((seed) =>
      tsne(some, { init: 'random', seed, perplexity: 15, iterations: 400 }),
    );
    expect(runs[0].klDivergence).toBe(runs[1].klDivergence);
    expect(runs[2].klDivergence).not.toBe(runs[0].klDivergence);
    expect(runs[2].klDivergence / runs[0].klDivergence).toBeCloseTo(1, 0);
  });

  it('refuses what it cannot do', () => {
    expect(() => tsne(digits, { perplexity: 300 })).toThrow('below the number of points, 300, got 300');
    expect(() => tsne(digits, { iterations: 10 })).toThrow('iterations is a whole number from 250 on');
    expect(() => tsne(digits, { learningRate: 0 })).toThrow('learningRate is a number above 0');
    expect(() => tsne(new Array(3001).fill([1]))).toThrow('3001 points are too many');
  });
});
