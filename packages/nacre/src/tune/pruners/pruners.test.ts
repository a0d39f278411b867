import { describe, expect, test } from 'vitest';
import { ASHAPruner, HyperbandPruner, MedianPruner, type PrunerName, RandomSampler, tune } from '../index.ts';
import type { Direction } from '../record.ts';
import { bracketSizes } from './hyperband.ts';

const silent = { verbose: false } as const;
const space = { level: tune.float(0, 1), rate: tune.float(0.2, 2) };

/** A learning curve of 27 epochs that comes down to `level`, soon or late. */
function search(seed: number, pruner: PrunerName | undefined, direction: Direction = 'minimize') {
  const sign = direction === 'minimize' ? 1 : -1;
  return tune(
    space,
    async ({ level, rate }, trial) => {
      let loss = 0;
      for (let epoch = 1; epoch <= 27 && !trial.shouldStop; epoch++) {
        loss = level + 0.5 * Math.exp(-rate * epoch);
        await trial.report(sign * loss, epoch);
      }
      return sign * loss;
    },
    { trials: 60, seed, sampler: new RandomSampler(), pruner, direction, ...silent },
  );
}

const stepsOf = ({ trials }: Awaited<ReturnType<typeof search>>): number =>
  trials.reduce((total, { reports }) => total + reports.length, 0);

describe.each(['asha', 'hyperband', 'median'] as const)('%s', (pruner) => {
  test.each(['minimize', 'maximize'] as const)('spends less for the same best, to %s', async (direction) => {
    for (let seed = 0; seed < 8; seed++) {
      const all = await search(seed, undefined, direction);
      const pruned = await search(seed, pruner, direction);
      expect(stepsOf(all)).toBe(60 * 27);
      expect(stepsOf(pruned)).toBeLessThan({ asha: 0.35, hyperband: 0.6, median: 0.7 }[pruner] * 60 * 27);
      // The median rule looks at every step, so it loses slow starters that rungs let pass.
      const lost = Math.abs(pruned.best.value! - all.best.value!);
      expect(lost).toBeLessThan(pruner === 'median' ? 0.1 : 0.03);
    }
  });

  test('says why, and keeps the last report as the value', async () => {
    const { trials } = await search(0, pruner);
    const found = trials.find(({ state }) => state === 'pruned')!;
    expect(found.reason).toMatch(/^(not among the best \d+ of \d+|worse than the median) at step \d+: /);
    expect(found.value).toBe(found.reports.at(-1)!.value);
    expect(found.reports.length).toBeLessThan(27);
  });
});

test('ASHA stops only at rungs', async () => {
  const { trials } = await search(0, 'asha');
  expect(new Set(trials.map(({ reports }) => reports.length))).toEqual(new Set([1, 3, 9, 27]));
});

test('ASHA takes the first step after a rung where steps are larger', async () => {
  const study = await tune(
    { x: tune.int(0, 5) },
    async ({ x }, trial) => {
      for (const step of [4, 8, 12]) if (await trial.report(x, step)) break;
      return x;
    },
    { sampler: 'grid', pruner: new ASHAPruner({ minResource: 6, reductionFactor: 2 }), ...silent },
  );
  expect(study.trials.map(({ reports }) => reports.at(-1)!.step)).toEqual([12, 8, 8, 8, 8, 8]);
});

test('ASHA does not judge a trial that has come to its end', async () => {
  const run = (maxResource?: number) =>
    tune(
      { x: tune.int(0, 5) },
      async ({ x }, trial) => {
        for (let step = 1; step <= 3; step++) if (await trial.report(x, step)) break;
        return x;
      },
      { sampler: 'grid', pruner: new ASHAPruner({ minResource: 3, maxResource }), ...silent },
    );
  const completed = ({ trials }: Awaited<ReturnType<typeof run>>) =>
    trials.filter(({ state }) => state === 'complete').length;
  expect(completed(await run())).toBe(1);
  expect(completed(await run(3))).toBe(6);
});

test('the brackets of Hyperband are those of the paper: 81, 34, 15, 8, 5 for 81 steps and a factor of 3', () => {
  expect(bracketSizes(1, 81, 3)).toEqual([5, 8, 15, 34, 81]);
  expect(bracketSizes(1, 1, 3)).toEqual([1]);
});

test('Hyperband gives every trial the steps of its bracket at least', async () => {
  const run = (pruner: HyperbandPruner) =>
    tune(
      { x: tune.float(0, 1) },
      async ({ x }, trial) => {
        for (let step = 1; step <= 9; step++) if (await trial.report(x, step)) break;
        return x;
      },
      { trials: 34, pruner, sampler: 'random', ...silent },
    );
  // A round of 9 steps: 9 trials from step 1, 5 from step 3, 3 to the end.
  const { trials } = await run(new HyperbandPruner({ maxResource: 9 }));
  const least = (from: number, to: number) =>
    Math.min(...trials.slice(from, to).map(({ reports }) => reports.length));
  expect([least(0, 9), least(9, 14), least(14, 17)]).toEqual([1, 3, 9]);
});

test('nothing is pruned before the median has trials to be of', async () => {
  const pruner = new MedianPruner({ startupTrials: 2, warmupSteps: 2 });
  const study = await tune(
    { x: tune.int(0, 4) },
    async ({ x }, trial) => {
      for (let step = 1; step <= 4; step++) if (await trial.report(x, step)) break;
      return x;
    },
    { sampler: 'grid', pruner, ...silent },
  );
  expect(study.trials.map(({ reports }) => reports.length)).toEqual([4, 4, 3, 3, 3]);
});

test.each([
  [() => new ASHAPruner({ minResource: 0 }), 'minResource is a whole number from 1 on'],
  [() => new ASHAPruner({ reductionFactor: 1 }), 'reductionFactor is a number above 1'],
  [() => new HyperbandPruner({ minResource: 5, maxResource: 4 }), 'maxResource is a whole number from 5 on'],
  [() => new MedianPruner({ startupTrials: 0 }), 'startupTrials is a whole number from 1 on'],
  [
    () => new MedianPruner({ warmup: 1 } as object),
    'there is no option warmup. Known: startupTrials, warmupSteps',
  ],
])('options that make no sense are refused (%#)', (make, message) => {
  expect(make).toThrow(message);
});
