import { ArgumentError } from '../base/errors.ts';
import { countOf, LRScheduler, type LRSchedulerState } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

export interface SequentialLROptions {
  /** The schedules, of the same optimizer, in their order. */
  schedulers: readonly LRScheduler[];
  /** Numbers of steps after which the next schedule begins, rising, one fewer than there are schedules. */
  milestones: readonly number[];
}

/**
 * One schedule after another, each beginning anew at its milestone, such as a warm-up followed by a cosine:
 *
 * ```ts
 * const warmup = new optim.LinearLR(optimizer, { startFactor: 0.01, totalIters: 500 });
 * const cosine = new optim.CosineAnnealingLR(optimizer, { tMax: 9500 });
 * const schedule = new optim.SequentialLR(optimizer, { schedulers: [warmup, cosine], milestones: [500] });
 * ```
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
export class SequentialLR extends LRScheduler<SequentialLROptions> {
  constructor(optimizer: Optimizer, { schedulers, milestones }: SequentialLROptions) {
    const op = 'SequentialLR';
    if (!Array.isArray(schedulers) || !schedulers.length) {
      throw new ArgumentError('schedulers is a list of one schedule or more', { op });
    }
    if (!Array.isArray(milestones) || milestones.length !== schedulers.length - 1) {
      throw new ArgumentError(
        `${schedulers.length} schedules need ${schedulers.length - 1} milestones, got ${milestones?.length}`,
        { op },
      );
    }
    schedulers.forEach((scheduler, i) => {
      if (!(scheduler instanceof LRScheduler)) {
        throw new ArgumentError(`schedulers[${i}] is no schedule, but ${typeof scheduler}`, { op });
      }
      if (scheduler.optimizer !== optimizer) {
        throw new ArgumentError(`schedulers[${i}] is of another optimizer`, { op });
      }
    });
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
