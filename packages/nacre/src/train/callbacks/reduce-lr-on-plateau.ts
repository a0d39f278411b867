import { ArgumentError } from '../../base/errors.ts';
import * as schedules from '../../optim/lr-plateau.ts';
import type { LRSchedulerState } from '../../optim/lr-scheduler.ts';
import { Optimizer } from '../../optim/optimizer.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, CallbackState, TrainingRun } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface PlateauOptions extends MonitorOptions {
  /** What the rate is multiplied with, below 1. Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement that are borne; the rate falls after the next one. Default 10. */
  readonly patience?: number;
  /** A change that is not larger is none. Default 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a fall in which nothing is counted. Default 0. */
  readonly cooldown?: number;
  /** The rate never falls below this. Default 0. */
  readonly minLr?: number;
}

/**
 * Lowers the learning rate when the number it watches has stopped getting better: `optim.ReduceLROnPlateau` with Keras's name and options,
 * for optimizers of `optim`.
 *
 * @throws ArgumentError for options that do not fit, and if no record has the number.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, ReduceLROnPlateau, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD([{ params: [model.weight], lr: 1 }]), loss: 'mseLoss', epochs: 5, verbose: false,
 *   callbacks: [new ReduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 10 })],
 * });
 * history.get('lr'); // → [1, 1, 1, 0.5, 0.5]
 * ```
 */
export class ReduceLROnPlateau implements Callback {
  readonly #options: PlateauOptions;
  readonly #monitor: Monitor;
  #schedule: schedules.ReduceLROnPlateau | null = null;
  /** What a resumed training goes on from, as soon as there is a schedule. */
  #saved: LRSchedulerState | null = null;

  constructor(options: PlateauOptions = {}) {
    this.#monitor = new Monitor('ReduceLROnPlateau', options, ['factor', 'patience', 'cooldown', 'minLr']);
    this.#options = options;
  }

  /** One that followed another training begins anew. */
  onTrainBegin({ records }: TrainingRun): void {
    this.#schedule = null;
    if (records.length === 0) this.#saved = null;
  }

  onEpochEnd(record: EpochRecord, { optimizer }: TrainingRun): void {
    const { value, mode } = this.#monitor.read(record);
    this.#schedule ??= this.#make(optimizer, mode);
    this.#schedule.step(value);
  }

  #make(optimizer: unknown, mode: 'min' | 'max'): schedules.ReduceLROnPlateau {
    if (!(optimizer instanceof Optimizer)) {
      throw new ArgumentError('it lowers the rates of optimizers of optim', {
        op: 'ReduceLROnPlateau',
        hint: 'Set the rate of your own in a LearningRateScheduler',
      });
    }
    const { monitor: _, mode: __, minDelta: threshold = 1e-4, ...options } = this.#options;
    const rates = optimizer.groups.map(({ lr }) => lr);
    const made = new schedules.ReduceLROnPlateau(optimizer, {
      ...options,
      mode,
      threshold,
      thresholdMode: 'abs',
    });
    if (!this.#saved) return made;
    made.loadStateDict(this.#saved);
    this.#saved = null;
    // The optimizer was resumed with the rates it had, which another callback may have set.
    optimizer.groups.forEach((group, i) => {
      group.lr = rates[i];
    });
    return made;
  }

  saveState(): CallbackState {
    return { values: { schedule: this.#schedule?.stateDict() ?? this.#saved } };
  }

  loadState({ values }: CallbackState): void {
    this.#saved = values.schedule as LRSchedulerState | null;
  }
}
