import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../base/errors.ts';
import { TPESampler, type TuneOptions, tune } from '../index.ts';
import { stepped } from '../parameter.ts';
import { proposalStream } from '../random.ts';
import { domainOf } from '../space.ts';
import { branin, conditional, conditionalSpace } from '../testing.ts';
import { gridPoints, gridSize } from './grid.ts';
import { FlatKernel, kernelsByCount, kernelsByNeighbours } from './parzen.ts';

const silent = { verbose: false } as const;

describe('grid', () => {
  test('gives every combination once, the last parameter turning fastest', async () => {
    const space = { a: tune.choice(['x', 'y']), b: tune.float(0, 1, { step: 0.5 }), c: 7 };
    const { trials } = await tune(space, ({ b }) => b, { sampler: 'grid', ...silent });
    expect(trials.map(({ params }) => [params.a, params.b, params.c])).toEqual([
      ['x', 0, 7],
      ['x', 0.5, 7],
      ['x', 1, 7],
      ['y', 0, 7],
      ['y', 0.5, 7],
      ['y', 1, 7],
    ]);
  });

  test('leaves out what does not matter', () => {
    const space = domainOf('test', {
      kind: tune.choice({ plain: {}, deep: { units: tune.list(tune.choice([8, 16]), 1, 2) } }),
      flag: tune.choice([true, false]),
    });
    // plain: 1, one layer: 2, two layers: 4; each with the flag on and off.
    expect(gridSize(space)).toBe(14);
    expect(new Set([...gridPoints(space)].map((point) => JSON.stringify(point))).size).toBe(14);
  });

  test('needs numbers that lie apart, and not too many', async () => {
    const run = (space: Parameters<typeof tune>[0]) => tune(space, () => 0, { sampler: 'grid', ...silent });
    await expect(run({ a: tune.int(1, 2), lr: tune.float(0, 1) })).rejects.toThrow(
      'lr is continuous, and has no grid',
    );
    await expect(run({ a: tune.int(1, 2000), b: tune.int(1, 2000) })).rejects.toThrow(ArgumentError);
  });

  test('ends with the last combination, or with the trials asked for', async () => {
    const space = { a: tune.int(1, 4) };
    const count = async (trials: number) =>
      (await tune(space, ({ a }) => a, { sampler: 'grid', trials, ...silent })).trials.length;
    expect(await count(9)).toBe(4);
    expect(await count(3)).toBe(3);
  });
});

describe('Parzen estimators', () => {
  const scale = stepped(0, 9, 1);
  const kernels = {
    'by neighbours': kernelsByNeighbours(scale, [2, 2, 7]),
    'by count': kernelsByCount(scale, [0, 4, 9], 2),
    flat: [new FlatKernel(scale)],
    choice: kernelsByNeighbours({ kind: 'choice', labels: [...'abcdefghij'] }, [3, 3, 5]),
  };
  test.each(Object.entries(kernels))('%s: probabilities add up to 1, and draws follow them', (_, made) => {
    for (const kernel of made) {
      const densities = Array.from({ length: 10 }, (__, value) => kernel.density(value));
      expect(densities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      const uniform = proposalStream(3, 0);
      const drawn = Array(10).fill(0);
      for (let i = 0; i < 4000; i++) drawn[kernel.sample(uniform)] += 1 / 4000;
      drawn.forEach((share, value) => {
        expect(Math.abs(share - densities[value])).toBeLessThan(0.03);
      });
    }
  });
});

describe('TPE', () => {
  const seeds = Array.from({ length: 25 }, (_, seed) => seed);
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const square = { x: tune.float(-5, 10), y: tune.float(0, 15) };

  const bestOfBranin = async (options: TuneOptions) =>
    (await tune(square, ({ x, y }) => branin(x, y), { trials: 60, ...silent, ...options })).best.value!;
  const bestOfConditional = async (options: TuneOptions) =>
    (await tune(conditionalSpace, conditional, { trials: 60, ...silent, ...options })).best.value!;

  // Medians over 31 seeds, random search first: 1.10 against 0.52 on Branin, 0.51 against 0.31, multivariate 0.25, on the other.
  test.each([
    ['Branin', bestOfBranin, false],
    ['Branin, multivariate', bestOfBranin, true],
    ['a conditional space', bestOfConditional, false],
    ['a conditional space, multivariate', bestOfConditional, true],
  ] as const)('is ahead of random search on %s', async (_, search, multivariate) => {
    const random: number[] = [];
    const tpe: number[] = [];
    for (const seed of seeds) {
      random.push(await search({ seed, sampler: 'random' }));
      tpe.push(await search({ seed, sampler: new TPESampler({ multivariate }) }));
    }
    const least = search === bestOfBranin ? 0.397887 : 0;
    expect(median(tpe) - least).toBeLessThan(0.7 * (median(random) - least));
    expect(seeds.filter((seed) => tpe[seed] < random[seed]).length).toBeGreaterThan(15);
  });

  test('finds the maximum of the opposite by the same trials', async () => {
    const run = (direction: 'minimize' | 'maximize', sign: number) =>
      tune(square, ({ x, y }) => sign * branin(x, y), { direction, trials: 25, ...silent });
    const [least, most] = [await run('minimize', 1), await run('maximize', -1)];
    expect(most.trials.map(({ params }) => params)).toEqual(least.trials.map(({ params }) => params));
    expect(most.best.number).toBe(least.best.number);
  });

  test('keeps away from where trials fail', async () => {
    const space = { x: tune.float(0, 1) };
    const { trials } = await tune(
      space,
      ({ x }) => {
        if (x > 0.5) throw new Error('out of memory');
        return 1 - x;
      },
      { trials: 60, ...silent },
    );
    const failed = (from: number, to: number) =>
      trials.slice(from, to).filter(({ state }) => state === 'failed').length;
    expect(failed(0, 10)).toBeGreaterThan(2);
    expect(failed(40, 60)).toBeLessThan(8);
  });

  test('goes on where every trial has failed', async () => {
    const study = await tune({ x: tune.float(0, 1) }, () => Number.NaN, { trials: 14, ...silent });
    expect(study.trials.map(({ state }) => state)).toEqual(Array(14).fill('failed'));
  });

  test.each([
    [{ startupTrials: 0 }, 'startupTrials is a whole number from 1 on'],
    [{ gamma: 1 }, 'gamma is a share between 0 and 1'],
    [{ candidates: 0.5 }, 'candidates is a whole number'],
    [{ prior: 1 }, 'there is no option prior'],
  ])('refuses %o', (options, message) => {
    expect(() => new TPESampler(options as object)).toThrow(message);
  });
});
