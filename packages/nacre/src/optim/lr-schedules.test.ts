import { describe, expect, it } from 'vitest';
import { Parameter } from '../nn/index.ts';
import { tensor } from '../tensor/create.ts';
import * as optim from './index.ts';
import { ratesOf } from './testing.ts';

const sgd = (lr = 0.1): optim.SGD => new optim.SGD([new Parameter(tensor([1]))], { lr });
const twoGroups = (): optim.SGD =>
  new optim.SGD([{ params: [new Parameter(tensor([1]))] }, { params: [new Parameter(tensor([1]))] }], {
    lr: 1,
  });

function expectRates(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  got.forEach((rate, step) => {
    expect(rate, `after step ${step}`).toBeCloseTo(want[step], 12);
  });
}

/** PyTorch's chained form: each rate from the one before. */
function chained(first: number, steps: number, next: (lr: number, step: number) => number): number[] {
  const rates = [first];
  for (let step = 1; step <= steps; step++) rates.push(next(rates[step - 1], step));
  return rates;
}

describe('agrees with the chained form of PyTorch', () => {
  it.each<[string, (o: optim.Optimizer) => optim.LRScheduler, number[]]>([
    [
      'StepLR',
      (o) => new optim.StepLR(o, { stepSize: 4 }),
      chained(0.1, 20, (lr, t) => (t % 4 ? lr : lr * 0.1)),
    ],
    [
      'MultiStepLR with a milestone given twice, and one at 0',
      (o) => new optim.MultiStepLR(o, { milestones: [3, 3, 0, 9], gamma: 0.5 }),
      chained(0.05, 20, (lr, t) => (t === 3 ? lr * 0.25 : t === 9 ? lr * 0.5 : lr)),
    ],
    ['ExponentialLR', (o) => new optim.ExponentialLR(o, { gamma: 0.9 }), chained(0.1, 20, (lr) => lr * 0.9)],
    ['ConstantLR', (o) => new optim.ConstantLR(o), chained(0.1 / 3, 20, (lr, t) => (t === 5 ? lr * 3 : lr))],
    [
      'LinearLR',
      (o) => new optim.LinearLR(o, { startFactor: 0.2, endFactor: 0.8, totalIters: 6 }),
      chained(0.02, 20, (lr, t) => (t > 6 ? lr : lr * (1 + (0.8 - 0.2) / (6 * 0.2 + (t - 1) * (0.8 - 0.2))))),
    ],
    [
      'PolynomialLR',
      (o) => new optim.PolynomialLR(o, { totalIters: 6, power: 1.5 }),
      chained(0.1, 20, (lr, t) => (t > 6 ? lr : lr * ((1 - t / 6) / (1 - (t - 1) / 6)) ** 1.5)),
    ],
    [
      'CosineAnnealingLR, which rises again',
      (o) => new optim.CosineAnnealingLR(o, { tMax: 6, etaMin: 0.01 }),
      chained(0.1, 20, (lr, t) =>
        (t - 1 - 6) % 12 === 0
          ? lr + ((0.1 - 0.01) * (1 - Math.cos(Math.PI / 6))) / 2
          : ((1 + Math.cos((Math.PI * t) / 6)) / (1 + Math.cos((Math.PI * (t - 1)) / 6))) * (lr - 0.01) +
            0.01,
      ),
    ],
    [
      'LambdaLR',
      (o) => new optim.LambdaLR(o, { lrLambda: (t) => 0.95 ** t }),
      Array.from({ length: 21 }, (_, t) => 0.1 * 0.95 ** t),
    ],
  ])('%s', (_, make, want) => {
    expectRates(ratesOf(make(sgd()), 20), want);
  });
});

describe('CosineAnnealingWarmRestarts', () => {
  const half = (share: number): number => (1 + Math.cos(Math.PI * share)) / 2;

  it('begins again after each period', () => {
    const rates = ratesOf(new optim.CosineAnnealingWarmRestarts(sgd(1), { t0: 3 }), 7);
    expectRates(rates, [1, half(1 / 3), half(2 / 3), 1, half(1 / 3), half(2 / 3), 1, half(1 / 3)]);
  });

  it('makes each period tMult times as long', () => {
    const rates = ratesOf(
      new optim.CosineAnnealingWarmRestarts(sgd(1), { t0: 1, tMult: 3, etaMin: 0.5 }),
      13,
    );
    const second = [0, 1, 2].map((c) => 0.5 + 0.5 * half(c / 3));
    const third = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((c) => 0.5 + 0.5 * half(c / 9));
    expectRates(rates, [1, ...second, ...third, 1]);
  });
});

describe('OneCycleLR', () => {
  const options = { maxLr: 1, totalSteps: 10, pctStart: 0.5, divFactor: 10, finalDivFactor: 10 };

  it('rises and falls straight, in three phases', () => {
    const schedule = new optim.OneCycleLR(sgd(), { ...options, annealStrategy: 'linear', threePhase: true });
    expectRates(ratesOf(schedule, 9), [0.1, 0.325, 0.55, 0.775, 1, 0.775, 0.55, 0.325, 0.1, 0.01]);
  });

  it('falls to the last rate in two phases', () => {
    const schedule = new optim.OneCycleLR(sgd(), { ...options, annealStrategy: 'linear' });
    expectRates(ratesOf(schedule, 9).slice(4), [1, 0.802, 0.604, 0.406, 0.208, 0.01]);
  });

  it('takes epochs and steps for totalSteps, and a highest rate for each group', () => {
    const { totalSteps: _, ...rest } = options;
    const one = new optim.OneCycleLR(sgd(), { ...rest, epochs: 2, stepsPerEpoch: 5 });
    expect(ratesOf(one, 9)).toEqual(ratesOf(new optim.OneCycleLR(sgd(), options), 9));
    const two = new optim.OneCycleLR(twoGroups(), { ...options, maxLr: [1, 2] });
    expectRates(two.getLastLr(), [0.1, 0.2]);
  });

  it('keeps the last rate after the last batch, and refuses further steps', () => {
    const schedule = new optim.OneCycleLR(sgd(), options);
    const rates = ratesOf(schedule, 10);
    expect(rates[10]).toBe(rates[9]);
    expect(() => schedule.step()).toThrow(
      /OneCycleLR: the cycle has 10 steps, this would be step 11. Give totalSteps/,
    );
    expect(schedule.lastEpoch).toBe(10);
  });

  it.each([1, 2, 3, 4, 5])('gives rates also for cycles of %i steps', (totalSteps) => {
    for (const pctStart of [0, 0.25, 0.5, 1]) {
      const schedule = new optim.OneCycleLR(sgd(), { maxLr: 1, totalSteps, pctStart });
      for (const rate of ratesOf(schedule, totalSteps)) {
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('ReduceLROnPlateau', () => {
  it('watches for larger metrics, by a difference', () => {
    const schedule = new optim.ReduceLROnPlateau(sgd(1), {
      mode: 'max',
      thresholdMode: 'abs',
      threshold: 0.1,
      patience: 0,
      factor: 0.5,
    });
    // Better by 0.2; not by enough; better; the same.
    expect(ratesOf(schedule, 5, [0.5, 0.7, 0.75, 0.9, 0.9])).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
  });

  it('counts nothing while it cools down', () => {
    const schedule = new optim.ReduceLROnPlateau(sgd(1), { factor: 0.5, patience: 1, cooldown: 2 });
    const rates = ratesOf(schedule, 9, Array(9).fill(3));
    // First a best, one is borne, the next makes it fall; two of cooling; again.
    expect(rates).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
  });

  it('stops at the least rate of each group, and leaves out a fall that is too small', () => {
    const schedule = new optim.ReduceLROnPlateau(twoGroups(), { patience: 0, minLr: [0.5, 0.002] });
    for (let i = 0; i < 6; i++) schedule.step(1);
    expect(schedule.getLastLr()).toEqual([0.5, 0.002]);
    const coarse = new optim.ReduceLROnPlateau(sgd(1), { patience: 0, eps: 0.2 });
    expectRates(ratesOf(coarse, 4, [1, 1, 1, 1]), [1, 1, 0.1, 0.1, 0.1]);
  });

  it('falls from a rate set by hand', () => {
    const optimizer = sgd(1);
    const schedule = new optim.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 });
    schedule.step(1);
    optimizer.lr = 0.25;
    schedule.step(1);
    expect(optimizer.lr).toBe(0.125);
  });

  it('takes a metric that is not finite for no improvement', () => {
    const schedule = new optim.ReduceLROnPlateau(sgd(1), { patience: 1, factor: 0.5 });
    const rates = ratesOf(schedule, 4, [Number.NaN, Number.POSITIVE_INFINITY, 2, Number.NaN]);
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.5]);
    expect(schedule.stateDict()).toMatchObject({ best: 2, badEpochs: 1 });
  });

  it('needs a number to watch, and counts no step without', () => {
    const schedule = new optim.ReduceLROnPlateau(sgd());
    expect(() => schedule.step()).toThrow(
      /ReduceLROnPlateau: step takes the metric it watches, a number, got undefined. .*await loss.item\(\)/,
    );
    expect(() => schedule.step(tensor(1) as unknown as number)).toThrow(/got object/);
    expect(schedule.lastEpoch).toBe(0);
  });

  it('refuses a state with another kind of best', () => {
    const schedule = new optim.ReduceLROnPlateau(sgd());
    const state = schedule.stateDict();
    expect(() => schedule.loadStateDict({ ...state, best: 'low' })).toThrow(
      /best is a finite number, or null/,
    );
    expect(() => schedule.loadStateDict({ ...state, cooldown: 0.5 })).toThrow(/cooldown is a whole number/);
    expect(() => schedule.loadStateDict(new optim.StepLR(sgd(), { stepSize: 1 }).stateDict())).toThrow(
      /ReduceLROnPlateau.loadStateDict: missing: best, badEpochs, cooldown/,
    );
  });
});

describe('SequentialLR', () => {
  it('warms up, then follows a cosine from the base rate', () => {
    const optimizer = sgd(1);
    const schedule = new optim.SequentialLR(optimizer, {
      schedulers: [
        new optim.LinearLR(optimizer, { startFactor: 0.25, totalIters: 3 }),
        new optim.CosineAnnealingLR(optimizer, { tMax: 4 }),
      ],
      milestones: [3],
    });
    const cosine = [0, 1, 2, 3, 4].map((t) => (1 + Math.cos((Math.PI * t) / 4)) / 2);
    expectRates(ratesOf(schedule, 7), [0.25, 0.5, 0.75, ...cosine]);
  });

  it('lets each schedule begin anew at its milestone', () => {
    const optimizer = sgd(0.05);
    const schedule = new optim.SequentialLR(optimizer, {
      schedulers: [
        new optim.ConstantLR(optimizer, { factor: 0.1, totalIters: 3 }),
        new optim.ExponentialLR(optimizer, { gamma: 0.8 }),
        new optim.StepLR(optimizer, { gamma: 0.1, stepSize: 2 }),
      ],
      milestones: [3, 6],
    });
    const want = [0.005, 0.005, 0.005, 0.05, 0.04, 0.032, 0.05, 0.05, 0.005, 0.005, 0.0005];
    expectRates(ratesOf(schedule, 10), want);
  });

  it('tells the metric to the schedule whose turn it is', () => {
    const optimizer = sgd(1);
    const schedule = new optim.SequentialLR(optimizer, {
      schedulers: [
        new optim.LinearLR(optimizer, { startFactor: 0.5, totalIters: 2 }),
        new optim.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5 }),
      ],
      milestones: [2],
    });
    expectRates(ratesOf(schedule, 5, [9, 9, 3, 3, 2]), [0.5, 0.75, 1, 1, 0.5, 0.5]);
  });

  it('refuses schedules of another optimizer, and milestones that do not fit', () => {
    const optimizer = sgd();
    const make =
      (milestones: number[], of: optim.Optimizer = optimizer) =>
      () =>
        new optim.SequentialLR(optimizer, {
          schedulers: [
            new optim.ConstantLR(of),
            new optim.ConstantLR(optimizer),
            new optim.ConstantLR(optimizer),
          ],
          milestones,
        });
    expect(make([2])).toThrow(/SequentialLR: 3 schedules need 2 milestones, got 1/);
    expect(make([2, 2])).toThrow(/milestones\[1\] is a whole number of 3 or more, got 2/);
    expect(make([0, 2])).toThrow(/milestones\[0\] is a whole number of 1 or more, got 0/);
    expect(make([2, 4], sgd())).toThrow(/schedulers\[0\] is of another optimizer/);
    expect(() => new optim.SequentialLR(optimizer, { schedulers: [], milestones: [] })).toThrow(
      /one schedule or more/,
    );
    const none = 3 as unknown as optim.LRScheduler;
    expect(() => new optim.SequentialLR(optimizer, { schedulers: [none], milestones: [] })).toThrow(
      /schedulers\[0\] is no schedule, but number/,
    );
  });

  it('refuses the states of other schedules, and names the one', () => {
    const optimizer = sgd(1);
    const schedule = new optim.SequentialLR(optimizer, {
      schedulers: [new optim.ConstantLR(optimizer), new optim.ReduceLROnPlateau(optimizer)],
      milestones: [2],
    });
    schedule.step();
    const state = schedule.stateDict() as { schedulers: optim.LRSchedulerState[] };
    expect(() => schedule.loadStateDict({ ...state, schedulers: [] })).toThrow(/a list of 2 states/);
    const swapped = [...state.schedulers].reverse();
    expect(() => schedule.loadStateDict({ ...state, schedulers: swapped })).toThrow(
      /SequentialLR.loadStateDict: schedulers\[0\]: unexpected: best, badEpochs, cooldown/,
    );
    expect(schedule.stateDict()).toEqual(state);
  });
});

describe('several schedules of one optimizer', () => {
  const both = (optimizer: optim.Optimizer): [optim.LRScheduler, optim.LRScheduler] => [
    new optim.LinearLR(optimizer, { startFactor: 0.25, totalIters: 3 }),
    new optim.ExponentialLR(optimizer, { gamma: 0.5 }),
  ];
  const products = [0.25, 0.25, 0.1875, 0.125, 0.0625, 0.03125];

  it('multiply, stepped one after the other or chained', () => {
    const optimizer = sgd(1);
    const [first, second] = both(optimizer);
    const rates = [optimizer.lr];
    for (let step = 1; step < products.length; step++) {
      first.step();
      second.step();
      rates.push(optimizer.lr);
    }
    expectRates(rates, products);
    const other = sgd(1);
    expectRates(ratesOf(new optim.ChainedScheduler(other, { schedulers: both(other) }), 5), products);
  });

  it('go through the least rate of a cosine, to which the distance is what they change', () => {
    const optimizer = sgd(1);
    const chain = new optim.ChainedScheduler(optimizer, {
      schedulers: [
        new optim.ConstantLR(optimizer, { factor: 0.5, totalIters: 100 }),
        new optim.CosineAnnealingLR(optimizer, { tMax: 2, etaMin: 0.1 }),
      ],
    });
    // What PyTorch 1.13 gives.
    expectRates(ratesOf(chain, 6), [0.5, 0.3, 0.1, 0.55, 1, 0.55, 0.1]);
  });

  it('one that knows but its own rates sets them', () => {
    const optimizer = sgd(1);
    const chain = new optim.ChainedScheduler(optimizer, {
      schedulers: [
        new optim.ExponentialLR(optimizer, { gamma: 0.5 }),
        new optim.LambdaLR(optimizer, { lrLambda: (epoch) => 1 / (1 + epoch) }),
      ],
    });
    expectRates(ratesOf(chain, 2), [1, 1 / 2, 1 / 3]);
  });

  it('begin together at the milestone of a sequence', () => {
    const optimizer = sgd(1);
    const constant = new optim.ConstantLR(optimizer, { factor: 0.5, totalIters: 9 });
    const chain = new optim.ChainedScheduler(optimizer, { schedulers: both(optimizer) });
    const schedule = new optim.SequentialLR(optimizer, { schedulers: [constant, chain], milestones: [2] });
    expectRates(ratesOf(schedule, 5), [0.5, 0.5, ...products.slice(0, 4)]);
  });
});

describe('options', () => {
  it.each<[() => unknown, RegExp]>([
    [
      () => new optim.StepLR(sgd(), { stepSize: 0 }),
      /StepLR: stepSize is a whole number of 1 or more, got 0/,
    ],
    [
      () => new optim.StepLR(sgd(), 3 as unknown as optim.StepLROptions),
      /StepLR: options are an object, got number\. Known: stepSize, gamma/,
    ],
    [
      () => new optim.StepLR(sgd(), { stepSize: 1, gamma: -1 }),
      /gamma is a finite number of zero or more, got -1/,
    ],
    [
      () => new optim.MultiStepLR(sgd(), { milestones: 3 as unknown as number[] }),
      /MultiStepLR: milestones is a list of numbers of steps, got 3/,
    ],
    [
      () => new optim.MultiStepLR(sgd(), { milestones: [1, 2.5] }),
      /milestones\[1\] is a whole number of 0 or more, got 2.5/,
    ],
    [() => new optim.ExponentialLR(sgd(), { gamma: Number.NaN }), /ExponentialLR: gamma/],
    [
      () => new optim.ConstantLR(sgd(), { factor: 2 }),
      /ConstantLR: factor is a finite number from 0 to 1, got 2/,
    ],
    [() => new optim.LinearLR(sgd(), { startFactor: 0 }), /LinearLR: startFactor is a number above 0/],
    [() => new optim.LinearLR(sgd(), { endFactor: 1.5 }), /LinearLR: endFactor/],
    [() => new optim.PolynomialLR(sgd(), { totalIters: 0 }), /PolynomialLR: totalIters/],
    [
      () => new optim.LambdaLR(sgd(), { lrLambda: [] }),
      /LambdaLR: lrLambda has 0 entries, the optimizer has 1 group\./,
    ],
    [
      () => new optim.LambdaLR(sgd(), { lrLambda: 3 as unknown as optim.LRLambda }),
      /lrLambda is a function .* got number/,
    ],
    [() => new optim.CosineAnnealingLR(sgd(), { tMax: 1.5 }), /CosineAnnealingLR: tMax/],
    [
      () => new optim.CosineAnnealingWarmRestarts(sgd(), { t0: 2, tMult: 0 }),
      /CosineAnnealingWarmRestarts: tMult/,
    ],
    [
      () => new optim.OneCycleLR(sgd(), { maxLr: 1 }),
      /OneCycleLR: needs totalSteps, or epochs and stepsPerEpoch/,
    ],
    [
      () => new optim.OneCycleLR(sgd(), { maxLr: [1, 2], totalSteps: 5 }),
      /maxLr has 2 entries, the optimizer has 1 group\./,
    ],
    [
      () => new optim.OneCycleLR(sgd(), { maxLr: 1, totalSteps: 5, pctStart: 2 }),
      /pctStart is a finite number from 0 to 1/,
    ],
    [() => new optim.OneCycleLR(sgd(), { maxLr: 1, totalSteps: 5, divFactor: 0 }), /divFactor is above zero/],
    [
      () => new optim.OneCycleLR(sgd(), { maxLr: 1, totalSteps: 5, annealStrategy: 'step' as 'cos' }),
      /annealStrategy is 'cos' or 'linear', got 'step'/,
    ],
    [
      () => new optim.ReduceLROnPlateau(sgd(), { mode: 'least' as 'min' }),
      /ReduceLROnPlateau: mode is 'min' or 'max', got 'least'/,
    ],
    [() => new optim.ReduceLROnPlateau(sgd(), { factor: 1 }), /factor is below 1/],
    [() => new optim.ReduceLROnPlateau(sgd(), { patience: -1 }), /patience is a whole number of 0 or more/],
    [() => new optim.ReduceLROnPlateau(sgd(), { minLr: [0, 0] }), /minLr has 2 entries/],
  ])('that make no sense are refused: %s', (make, message) => {
    expect(make).toThrow(message);
  });
});
