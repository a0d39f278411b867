import { describe, expect, it } from 'vitest';
import { ArgumentError, TraceError } from '../base/errors.ts';
import { Parameter } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import * as optim from './index.ts';
import { ratesOf } from './testing.ts';

const sgd = (lr: number): optim.SGD => new optim.SGD([new Parameter(tensor([1]))], { lr });
const twoGroups = (): optim.SGD =>
  new optim.SGD(
    [{ params: [new Parameter(tensor([1]))] }, { params: [new Parameter(tensor([1]))], lr: 0.25 }],
    {
      lr: 1,
    },
  );

type Make = (optimizer: optim.Optimizer) => optim.LRScheduler;

/** One of each kind. */
const kinds: readonly [string, Make][] = [
  ['StepLR', (o) => new optim.StepLR(o, { stepSize: 3, gamma: 0.5 })],
  ['MultiStepLR', (o) => new optim.MultiStepLR(o, { milestones: [2, 7] })],
  ['ExponentialLR', (o) => new optim.ExponentialLR(o, { gamma: 0.9 })],
  ['ConstantLR', (o) => new optim.ConstantLR(o, { factor: 0.25, totalIters: 4 })],
  ['LinearLR', (o) => new optim.LinearLR(o, { totalIters: 8 })],
  ['PolynomialLR', (o) => new optim.PolynomialLR(o, { totalIters: 9, power: 2 })],
  ['LambdaLR', (o) => new optim.LambdaLR(o, { lrLambda: (epoch) => 1 / (1 + epoch) })],
  ['CosineAnnealingLR', (o) => new optim.CosineAnnealingLR(o, { tMax: 9 })],
  ['CosineAnnealingWarmRestarts', (o) => new optim.CosineAnnealingWarmRestarts(o, { t0: 2, tMult: 2 })],
  ['OneCycleLR', (o) => new optim.OneCycleLR(o, { maxLr: 0.5, epochs: 2, stepsPerEpoch: 7 })],
  ['ReduceLROnPlateau', (o) => new optim.ReduceLROnPlateau(o, { factor: 0.5, patience: 1, cooldown: 2 })],
  [
    'SequentialLR',
    (o) =>
      new optim.SequentialLR(o, {
        schedulers: [
          new optim.LinearLR(o, { startFactor: 0.1, totalIters: 3 }),
          new optim.CosineAnnealingLR(o, { tMax: 4 }),
          new optim.ReduceLROnPlateau(o, { patience: 1 }),
        ],
        milestones: [3, 6],
      }),
  ],
  [
    'ChainedScheduler',
    (o) =>
      new optim.ChainedScheduler(o, {
        schedulers: [
          new optim.LinearLR(o, { startFactor: 0.1, totalIters: 3 }),
          new optim.ExponentialLR(o, { gamma: 0.9 }),
          new optim.ReduceLROnPlateau(o, { patience: 1 }),
        ],
      }),
  ],
];

/** Falls, then stays. */
const metricAt = (step: number): number => Math.max(1 - step / 8, 0.5);

describe.each(kinds)('%s', (_, make) => {
  const walk = (schedule: optim.LRScheduler, from: number, to: number): number[][] => {
    const rows: number[][] = [];
    for (let step = from; step <= to; step++) {
      schedule.step(metricAt(step));
      rows.push(schedule.optimizer.groups.map(({ lr }) => lr));
      expect(schedule.getLastLr()).toEqual(rows.at(-1));
      expect(schedule.lastEpoch).toBe(step);
    }
    return rows;
  };

  it.each([0, 2, 3, 5, 8])('goes on with the same rates from what was kept after step %i', (at) => {
    const whole = make(twoGroups());
    walk(whole, 1, at);
    const kept = JSON.parse(JSON.stringify(whole.stateDict())) as optim.LRSchedulerState;
    const [ratesThen, rest] = [whole.getLastLr(), walk(whole, at + 1, 14)];

    const resumed = make(twoGroups());
    walk(resumed, 1, 4); // whatever it did before
    resumed.loadStateDict(kept);
    expect(resumed.optimizer.groups.map(({ lr }) => lr)).toEqual(ratesThen);
    expect(walk(resumed, at + 1, 14)).toEqual(rest);
  });

  it('changes the rate of a compiled step without another program', async () => {
    setDevice('wasm');
    const parameter = new Parameter(tensor([0], { dtype: 'float64' }));
    const optimizer = new optim.SGD([parameter], { lr: 0.5 });
    const schedule = make(optimizer);
    const step = compile(() => {
      optimizer.zeroGrad();
      parameter.neg().sum().backward();
      optimizer.step();
    });
    let sum = 0;
    const seen = new Set<number>();
    for (let i = 1; i <= 12; i++) {
      seen.add(optimizer.lr);
      sum += optimizer.lr;
      step();
      schedule.step(metricAt(i));
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(await parameter.item()).toBeCloseTo(sum, 12);
    expect(step.programs).toBe(1);
  });

  it('refuses to be moved inside a compiled function, and stays where it was', () => {
    setDevice('wasm');
    const schedule = make(sgd(0.5));
    const before = schedule.stateDict();
    expect(() => compile(() => schedule.step(1))()).toThrow(TraceError);
    expect(() => compile(() => schedule.step(1))()).toThrow(
      /moved inside a compiled function. Call step\(\) between/,
    );
    expect(() => compile(() => make(schedule.optimizer))()).toThrow(TraceError);
    expect(schedule.stateDict()).toEqual(before);
  });

  it('refuses a state that is not its own, and changes nothing then', () => {
    const schedule = make(twoGroups());
    walk(schedule, 1, 3);
    const before = schedule.stateDict();
    const load = (change: object) => () => schedule.loadStateDict({ ...before, ...change });
    const { lastEpoch: _epoch, ...rest } = before;
    expect(() => schedule.loadStateDict(rest)).toThrow(/loadStateDict: missing: lastEpoch/);
    expect(load({ momentum: 1 })).toThrow(/unexpected: momentum/);
    expect(load({ lastEpoch: -1 })).toThrow(/lastEpoch is a whole number of 0 or more, got -1/);
    expect(load({ baseLrs: [1] })).toThrow(/baseLrs is a list of learning rates, one for each of 2 groups/);
    expect(load({ lastLr: [1, null] })).toThrow(/lastLr is a list of learning rates.*got \[1,null\]/);
    expect(() => schedule.loadStateDict(null as unknown as optim.LRSchedulerState)).toThrow(ArgumentError);
    expect(schedule.stateDict()).toEqual(before);
  });

  it('refuses what is no optimizer', () => {
    for (const wrong of [undefined, {}, [new Parameter(tensor([1]))]]) {
      expect(() => make(wrong as unknown as optim.Optimizer)).toThrow(
        /changes the rates of an optimizer, got .*Pass the optimizer first/,
      );
    }
  });
});

describe('the base rate', () => {
  it('of each group is its own', () => {
    const optimizer = twoGroups();
    const schedule = new optim.ExponentialLR(optimizer, { gamma: 0.5 });
    schedule.step();
    schedule.step();
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.25, 0.0625]);
    expect(schedule.getLastLr()).toEqual([0.25, 0.0625]);
  });

  it('is the one before any schedule, or the one set by hand since', () => {
    const optimizer = sgd(1);
    const warmup = new optim.LinearLR(optimizer, { startFactor: 0.1 });
    warmup.step();
    expect(new optim.ExponentialLR(optimizer, { gamma: 0.5 }).stateDict()).toMatchObject({
      baseLrs: [1],
      lastLr: [0.28],
    });
    optimizer.lr = 0.5;
    expect(new optim.LinearLR(optimizer, { startFactor: 0.1 }).getLastLr()).toEqual([0.05]);
  });

  it('goes with the state, also where the optimizer had its state first', () => {
    const first = sgd(1);
    const schedule = new optim.StepLR(first, { stepSize: 2, gamma: 0.5 });
    const want = ratesOf(schedule, 3);
    const kept = { optimizer: first.stateDict(), schedule: schedule.stateDict() };
    const rest = ratesOf(schedule, 4);

    const second = sgd(1);
    second.loadStateDict(kept.optimizer);
    expect(second.lr).toBe(want[3]);
    const resumed = new optim.StepLR(second, { stepSize: 2, gamma: 0.5 });
    resumed.loadStateDict(kept.schedule);
    expect(ratesOf(resumed, 4)).toEqual(rest);
  });
});

describe('a schedule of your own', () => {
  class InverseRoot extends optim.EpochSchedule<{ warmup: number }> {
    protected override rateAt(epoch: number, baseLr: number): number {
      return baseLr / Math.sqrt(Math.max(epoch, this.options.warmup));
    }
  }

  it('is one formula', () => {
    expect(ratesOf(new InverseRoot(sgd(1), { warmup: 4 }), 16)[16]).toBe(0.25);
  });

  it('that gives no rate is refused by name, and the rates stay', () => {
    const optimizer = twoGroups();
    const schedule = new optim.LambdaLR(optimizer, {
      lrLambda: [() => 0.5, (epoch) => (epoch < 2 ? 1 : Number.NaN)],
    });
    schedule.step();
    expect(() => schedule.step()).toThrow(
      /LambdaLR: a learning rate is a finite number of zero or more, that of group 1 after 2 steps is NaN/,
    );
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.5, 0.25]);
    expect(schedule.lastEpoch).toBe(1);
  });
});
