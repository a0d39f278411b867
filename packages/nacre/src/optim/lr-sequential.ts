import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { countOf, LRScheduler, type LRSchedulerState } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

interface Parts {
  readonly schedulers: readonly LRScheduler[];
}

function checkParts(op: string, optimizer: Optimizer, schedulers: unknown): void {
  if (!Array.isArray(schedulers) || !schedulers.length) {
    throw new ArgumentError('schedulers is a list of one schedule or more', { op });
  }
  schedulers.forEach((scheduler, i) => {
    if (!(scheduler instanceof LRScheduler)) {
      throw new ArgumentError(`schedulers[${i}] is no schedule, but ${typeof scheduler}`, { op });
    }
    if (scheduler.optimizer !== optimizer) {
      throw new ArgumentError(`schedulers[${i}] is of another optimizer`, { op });
    }
  });
}

/** A schedule made of others, whose states it keeps. */
abstract class Composite<O extends Parts> extends LRScheduler<O> {
  override stateDict(): LRSchedulerState {
    return {
      ...super.stateDict(),
      schedulers: this.options.schedulers.map((scheduler) => scheduler.stateDict()),
    };
  }

  override readState(dict: LRSchedulerState, op: string): () => void {
    const takeOwn = super.readState(dict, op);
    const { schedulers } = this.options;
    const states = dict.schedulers;
    if (!Array.isArray(states) || states.length !== schedulers.length) {
      throw new ArgumentError(`schedulers is a list of ${schedulers.length} states`, { op });
    }
    const takeEach = schedulers.map((scheduler, i) =>
      scheduler.readState(states[i], `${op}: schedulers[${i}]`),
    );
    return () => {
      for (const take of takeEach) take();
      takeOwn(); // last, for its rates are those in force
    };
  }
}

export interface SequentialLROptions {
  /** The schedules, of the same optimizer, in their order. */
  schedulers: readonly LRScheduler[];
  /** Numbers of steps after which the next schedule begins, rising, one fewer than there are schedules. */
  milestones: readonly number[];
}

/**
 * One schedule after another, each beginning anew at its milestone, such as a warm-up followed by a fall.
 *
 * Call `step` of this one only.
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const warmup = new optim.LinearLR(sgd, { startFactor: 0.5, totalIters: 2 });
 * const decay = new optim.ExponentialLR(sgd, { gamma: 0.1 });
 * const schedule = new optim.SequentialLR(sgd, { schedulers: [warmup, decay], milestones: [2] });
 * const rates: number[] = [];
 * for (let t = 0; t < 4; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [0.5, 0.75, 1, 0.1]
 * ```
 */
export class SequentialLR extends Composite<SequentialLROptions> {
  constructor(optimizer: Optimizer, options: SequentialLROptions) {
    const op = 'SequentialLR';
    const { schedulers, milestones } = optionsOf(op, options, ['schedulers', 'milestones']);
    checkParts(op, optimizer, schedulers);
    if (!Array.isArray(milestones) || milestones.length !== schedulers.length - 1) {
      throw new ArgumentError(
        `${schedulers.length} schedules need ${schedulers.length - 1} milestones, got ${milestones?.length}`,
        { op },
      );
    }
    milestones.forEach((milestone, i) => {
      countOf(op, `milestones[${i}]`, milestone, i ? milestones[i - 1] + 1 : 1);
    });
    super(optimizer, { schedulers: [...schedulers], milestones: [...milestones] });
  }

  protected override first(): readonly number[] {
    const [scheduler] = this.options.schedulers;
    scheduler.restart();
    return scheduler.getLastLr();
  }

  protected override next(epoch: number, metric?: number): readonly number[] {
    const { schedulers, milestones } = this.options;
    const begun = milestones.filter((milestone) => milestone <= epoch).length;
    const scheduler = schedulers[begun];
    if (milestones[begun - 1] === epoch) scheduler.restart();
    else scheduler.step(metric);
    return scheduler.getLastLr();
  }
}

export interface ChainedSchedulerOptions {
  /** The schedules, of the same optimizer. */
  schedulers: readonly LRScheduler[];
}

/**
 * Several schedules at once: each step is one of all of them, each going on from the rate the one before left, so that their factors
 * multiply. A metric given to `step` goes to all of them. Agrees with `torch.optim.lr_scheduler.ChainedScheduler`.
 *
 * Formula: lr = baseLr·f₁(t)·f₂(t)·…, for schedules of the form baseLr·f(t)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const warmup = new optim.ConstantLR(sgd, { factor: 0.5, totalIters: 2 });
 * const decay = new optim.ExponentialLR(sgd, { gamma: 0.1 });
 * const schedule = new optim.ChainedScheduler(sgd, { schedulers: [warmup, decay] });
 * const rates: number[] = [];
 * for (let t = 0; t < 3; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [0.5, 0.05, 0.01]
 * ```
 */
export class ChainedScheduler extends Composite<ChainedSchedulerOptions> {
  constructor(optimizer: Optimizer, options: ChainedSchedulerOptions) {
    const op = 'ChainedScheduler';
    const { schedulers } = optionsOf(op, options, ['schedulers']);
    checkParts(op, optimizer, schedulers);
    super(optimizer, { schedulers: [...schedulers] });
  }

  protected override first(follows: boolean): readonly number[] {
    // Schedules that were just made have set their first rates.
    if (!follows) {
      this.options.schedulers.forEach((scheduler, i) => {
        scheduler.restart(i > 0);
      });
    }
    return this.optimizer.groups.map(({ lr }) => lr);
  }

  protected override next(_: number, metric?: number): readonly number[] {
    for (const scheduler of this.options.schedulers) scheduler.step(metric);
    return this.optimizer.groups.map(({ lr }) => lr);
  }
}
