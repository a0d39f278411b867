import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { ReduceLROnPlateau } from '../optim/lr-plateau.ts';
import { LRScheduler, type LRSchedulerState } from '../optim/lr-scheduler.ts';
import type { TrainingOptimizer } from './callbacks/callback.ts';
import { Monitor } from './callbacks/monitor.ts';
import type { EpochRecord } from './history.ts';

/** A schedule of the learning rate, and when it moves. */
export interface ScheduleOptions {
  /** Made for the optimizer: `new optim.OneCycleLR(optimizer, { … })`. */
  readonly scheduler: LRScheduler;
  /** Whether it moves after each epoch, or after each update of the parameters. Default: 'epoch'. */
  readonly interval?: 'epoch' | 'step';
  /** The number of the epoch's record that a ReduceLROnPlateau watches. Default: `valLoss`, or `loss` where nothing is validated. */
  readonly monitor?: string;
}

/** Moves a schedule along a training. */
export class Schedule {
  readonly #scheduler: LRScheduler;
  readonly #interval: 'epoch' | 'step';
  readonly #monitor: Monitor;

  constructor(op: string, given: LRScheduler | ScheduleOptions, optimizer: TrainingOptimizer) {
    const options = given instanceof LRScheduler ? { scheduler: given } : given;
    optionsOf(`${op}: lrScheduler`, options, ['scheduler', 'interval', 'monitor']);
    const { scheduler, interval = 'epoch', monitor } = options;
    if (!(scheduler instanceof LRScheduler)) {
      throw new ArgumentError('lrScheduler is no schedule of optim', {
        op,
        hint: "Give new optim.StepLR(optimizer, { stepSize: 10 }), or { scheduler, interval: 'step' }",
      });
    }
    if (interval !== 'epoch' && interval !== 'step') {
      throw new ArgumentError(`interval is 'epoch' or 'step', got '${String(interval)}'`, { op });
    }
    if (scheduler.optimizer !== optimizer) {
      throw new ArgumentError('lrScheduler was made for another optimizer', {
        op,
        hint: 'Make the optimizer first, give it to the schedule, and give both to fit',
      });
    }
    if (interval === 'step' && scheduler instanceof ReduceLROnPlateau) {
      throw new ArgumentError('ReduceLROnPlateau watches a number that is measured once an epoch', {
        op,
        hint: "Leave interval: 'step' out",
      });
    }
    this.#scheduler = scheduler;
    this.#interval = interval;
    this.#monitor = new Monitor(op, { monitor });
  }

  afterUpdate(): void {
    if (this.#interval === 'step') this.#scheduler.step();
  }

  afterEpoch(record: EpochRecord): void {
    if (this.#interval !== 'epoch') return;
    const watches = this.#scheduler instanceof ReduceLROnPlateau;
    this.#scheduler.step(watches ? this.#monitor.read(record).value : undefined);
  }

  stateDict(): LRSchedulerState {
    return this.#scheduler.stateDict();
  }

  loadStateDict(state: LRSchedulerState): void {
    this.#scheduler.loadStateDict(state);
  }
}
