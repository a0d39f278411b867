import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { countOf, EpochSchedule, factorOf, LRScheduler, perGroup } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

export interface StepLROptions {
  /** Steps between two falls. */
  stepSize: number;
  /** Factor of each fall. Default: 0.1. */
  gamma?: number;
}

/**
 * A rate that falls every `stepSize` steps.
 *
 * Formula: lr = baseLr·gamma^⌊t / stepSize⌋
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.StepLR(sgd, { stepSize: 2, gamma: 0.1 });
 * const rates: number[] = [];
 * for (let t = 0; t < 4; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 1, 0.1, 0.1]
 * ```
 */
export class StepLR extends EpochSchedule<Required<StepLROptions>> {
  /** @param options `stepSize`; `gamma` 0.1. */
  constructor(optimizer: Optimizer, options: StepLROptions) {
    const { stepSize, gamma = 0.1 } = optionsOf('StepLR', options, ['stepSize', 'gamma']);
    countOf('StepLR', 'stepSize', stepSize, 1);
    factorOf('StepLR', 'gamma', gamma);
    super(optimizer, { stepSize, gamma });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { stepSize, gamma } = this.options;
    return baseLr * gamma ** Math.floor(epoch / stepSize);
  }
}

export interface MultiStepLROptions {
  /** Numbers of steps after which the rate falls. */
  milestones: readonly number[];
  /** Factor of each fall. Default: 0.1. */
  gamma?: number;
}

/**
 * A rate that falls at given numbers of steps.
 *
 * Formula: lr = baseLr·gammaⁿ, n being how many of the milestones are t or less
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.MultiStepLR(sgd, { milestones: [1, 3], gamma: 0.1 });
 * const rates: number[] = [];
 * for (let t = 0; t < 4; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 0.1, 0.1, 0.01]
 * ```
 */
export class MultiStepLR extends EpochSchedule<Required<MultiStepLROptions>> {
  /** @param options `milestones`; `gamma` 0.1. */
  constructor(optimizer: Optimizer, options: MultiStepLROptions) {
    const { milestones, gamma = 0.1 } = optionsOf('MultiStepLR', options, ['milestones', 'gamma']);
    if (!Array.isArray(milestones)) {
      throw new ArgumentError(`milestones is a list of numbers of steps, got ${milestones}`, {
        op: 'MultiStepLR',
      });
    }
    milestones.forEach((milestone, i) => {
      countOf('MultiStepLR', `milestones[${i}]`, milestone);
    });
    factorOf('MultiStepLR', 'gamma', gamma);
    super(optimizer, { milestones: [...milestones], gamma });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { milestones, gamma } = this.options;
    return baseLr * gamma ** milestones.filter((milestone) => milestone <= epoch).length;
  }
}

/**
 * A rate that falls by one factor at each step t.
 *
 * Formula: lr = baseLr·gammaᵗ
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.ExponentialLR(sgd, { gamma: 0.5 });
 * const rates: number[] = [];
 * for (let t = 0; t < 3; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 0.5, 0.25]
 * ```
 */
export class ExponentialLR extends EpochSchedule<{ gamma: number }> {
  /** @param options `gamma`: factor of each step. */
  constructor(optimizer: Optimizer, options: { gamma: number }) {
    const { gamma } = optionsOf('ExponentialLR', options, ['gamma']);
    factorOf('ExponentialLR', 'gamma', gamma);
    super(optimizer, { gamma });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    return baseLr * this.options.gamma ** epoch;
  }
}

export interface ConstantLROptions {
  /** Factor of the rate at first. Default: 1/3. */
  factor?: number;
  /** Steps after which the rate is the base rate. Default: 5. */
  totalIters?: number;
}

/**
 * A smaller rate for the first steps.
 *
 * Formula: lr = baseLr·factor for t < totalIters, then baseLr
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.ConstantLR(sgd, { factor: 0.5, totalIters: 2 });
 * const rates: number[] = [];
 * for (let t = 0; t < 3; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [0.5, 0.5, 1]
 * ```
 */
export class ConstantLR extends EpochSchedule<Required<ConstantLROptions>> {
  /** @param options `factor` 1/3, `totalIters` 5. */
  constructor(optimizer: Optimizer, options?: ConstantLROptions) {
    const { factor = 1 / 3, totalIters = 5 } = optionsOf('ConstantLR', options, ['factor', 'totalIters']);
    factorOf('ConstantLR', 'factor', factor, 1);
    countOf('ConstantLR', 'totalIters', totalIters);
    super(optimizer, { factor, totalIters });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { factor, totalIters } = this.options;
    return epoch < totalIters ? baseLr * factor : baseLr;
  }
}

export interface LinearLROptions {
  /** Factor of the first rate, above 0. Default: 1/3. */
  startFactor?: number;
  /** Factor of the last rate. Default: 1. */
  endFactor?: number;
  /** Steps from the first to the last rate. Default: 5. */
  totalIters?: number;
}

/**
 * A rate that changes along a straight line in the first steps: a warm-up, as in Goyal and others, "Accurate, Large Minibatch
 * SGD" (2017).
 *
 * Formula: lr = baseLr·(startFactor + (endFactor - startFactor)·min(t, totalIters) / totalIters)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.LinearLR(sgd, { startFactor: 0.5, totalIters: 2 });
 * const rates: number[] = [];
 * for (let t = 0; t < 4; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [0.5, 0.75, 1, 1]
 * ```
 */
export class LinearLR extends EpochSchedule<Required<LinearLROptions>> {
  /** @param options `startFactor` 1/3, `endFactor` 1, `totalIters` 5. */
  constructor(optimizer: Optimizer, options?: LinearLROptions) {
    const names = ['startFactor', 'endFactor', 'totalIters'];
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = optionsOf('LinearLR', options, names);
    factorOf('LinearLR', 'startFactor', startFactor, 1);
    if (startFactor === 0) {
      throw new ArgumentError('startFactor is a number above 0 and up to 1, got 0', { op: 'LinearLR' });
    }
    factorOf('LinearLR', 'endFactor', endFactor, 1);
    countOf('LinearLR', 'totalIters', totalIters, 1);
    super(optimizer, { startFactor, endFactor, totalIters });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { startFactor, endFactor, totalIters } = this.options;
    const share = Math.min(epoch / totalIters, 1);
    return baseLr * (startFactor * (1 - share) + endFactor * share);
  }
}

export interface PolynomialLROptions {
  /** Steps from the base rate to zero. Default: 5. */
  totalIters?: number;
  /** Exponent. Default: 1, a straight line. */
  power?: number;
}

/**
 * A rate that falls to zero along a power of the steps that are left.
 *
 * Formula: lr = baseLr·(1 - min(t, totalIters) / totalIters)^power
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.PolynomialLR(sgd, { totalIters: 4, power: 2 });
 * const rates: number[] = [];
 * for (let t = 0; t < 3; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 0.5625, 0.25]
 * ```
 */
export class PolynomialLR extends EpochSchedule<Required<PolynomialLROptions>> {
  /** @param options `totalIters` 5, `power` 1. */
  constructor(optimizer: Optimizer, options?: PolynomialLROptions) {
    const { totalIters = 5, power = 1 } = optionsOf('PolynomialLR', options, ['totalIters', 'power']);
    countOf('PolynomialLR', 'totalIters', totalIters, 1);
    factorOf('PolynomialLR', 'power', power);
    super(optimizer, { totalIters, power });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { totalIters, power } = this.options;
    return baseLr * (1 - Math.min(epoch / totalIters, 1)) ** power;
  }
}

/** The factor of the base rate after `epoch` steps. */
export type LRLambda = (epoch: number) => number;

/**
 * A rate by a function of the number of steps t, whatever rate another schedule has set.
 *
 * Formula: lr = baseLr·lrLambda(t)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 2 });
 * const schedule = new optim.LambdaLR(sgd, { lrLambda: (epoch) => 1 / (1 + epoch) });
 * schedule.step();
 * sgd.lr; // → 1
 * ```
 */
export class LambdaLR extends EpochSchedule<{ lambdas: readonly LRLambda[] }> {
  /** @param options `lrLambda`: a function for all groups, or a list of one for each. */
  constructor(optimizer: Optimizer, options: { lrLambda: LRLambda | readonly LRLambda[] }) {
    super(optimizer, { lambdas: lambdasOf('LambdaLR', optimizer, options) });
  }

  protected override rateAt(epoch: number, baseLr: number, group: number): number {
    return baseLr * this.options.lambdas[group](epoch);
  }

  protected override rateAfter(_present: number, epoch: number, baseLr: number, group: number): number {
    return this.rateAt(epoch, baseLr, group);
  }
}

/** The functions of all groups. */
function lambdasOf(
  op: string,
  optimizer: Optimizer,
  options: { lrLambda: LRLambda | readonly LRLambda[] },
): readonly LRLambda[] {
  const { lrLambda } = optionsOf(op, options, ['lrLambda']);
  const lambdas = perGroup(op, 'lrLambda', lrLambda as LRLambda, optimizer);
  for (const lambda of lambdas) {
    if (typeof lambda === 'function') continue;
    throw new ArgumentError(`lrLambda is a function of the number of steps, got ${typeof lambda}`, { op });
  }
  return lambdas;
}

/**
 * A rate that is multiplied at each step by a function of the number of steps t.
 *
 * Formula: lr ← lr·lrLambda(t) at step t = 1, 2, …
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 2 });
 * const schedule = new optim.MultiplicativeLR(sgd, { lrLambda: () => 0.5 });
 * schedule.step();
 * schedule.step();
 * sgd.lr; // → 0.5
 * ```
 */
export class MultiplicativeLR extends LRScheduler<{ lambdas: readonly LRLambda[] }> {
  /** @param options `lrLambda`: a function for all groups, or a list of one for each. */
  constructor(optimizer: Optimizer, options: { lrLambda: LRLambda | readonly LRLambda[] }) {
    super(optimizer, { lambdas: lambdasOf('MultiplicativeLR', optimizer, options) });
  }

  protected override first(follows: boolean): readonly number[] {
    return follows ? this.optimizer.groups.map(({ lr }) => lr) : this.baseLrs;
  }

  protected override next(epoch: number): readonly number[] {
    return this.optimizer.groups.map(({ lr }, i) => lr * this.options.lambdas[i](epoch));
  }
}
