import { ArgumentError } from '../../base/errors.ts';
import type { StateDict } from '../../tensor/state-dict.ts';
import type { EpochRecord, History } from '../history.ts';
import type { Callback, CallbackState, TrainingRun } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a better value that are still waited for. Default 0: the first that is not better ends the training. */
  readonly patience?: number;
  /** Whether the model is given the weights of its best epoch in the end. Default: no. */
  readonly restoreBest?: boolean;
}

/**
 * Ends the training when the number it watches has stopped getting better.
 *
 * @example
 * ```ts
 * import { EarlyStopping, fit, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0 }), loss: 'mseLoss', epochs: 50, verbose: false,
 *   callbacks: [new EarlyStopping({ monitor: 'loss', patience: 2 })],
 * });
 * history.loss.length; // → 4
 * ```
 */
export class EarlyStopping implements Callback {
  readonly #monitor: Monitor;
  readonly #patience: number;
  readonly #restoreBest: boolean;
  #epochsWithout = 0;
  #bestWeights: StateDict | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    const { patience = 0, restoreBest = false } = options;
    if (!Number.isInteger(patience) || patience < 0) {
      throw new ArgumentError(`patience is a whole number from 0 on, got ${patience}`, {
        op: 'EarlyStopping',
      });
    }
    this.#monitor = new Monitor('EarlyStopping', options, ['patience', 'restoreBest']);
    this.#patience = patience;
    this.#restoreBest = restoreBest;
  }

  onEpochEnd(record: EpochRecord, run: TrainingRun): void {
    if (this.#monitor.improves(record)) {
      this.#epochsWithout = 0;
      if (this.#restoreBest) this.#bestWeights = run.model.stateDict();
    } else if (++this.#epochsWithout > this.#patience) {
      const { name } = this.#monitor.read(record);
      run.stop(`${name} has not got better than ${this.#monitor.best} for ${this.#epochsWithout} epochs`);
    }
  }

  onTrainEnd(_: History, run: TrainingRun): void {
    if (this.#bestWeights) run.model.loadStateDict(this.#bestWeights);
  }

  saveState(): CallbackState {
    return {
      values: { best: this.#monitor.best, epochsWithout: this.#epochsWithout },
      tensors: this.#bestWeights,
    };
  }

  loadState({ values, tensors }: CallbackState): void {
    this.#monitor.best = values.best as number | null;
    this.#epochsWithout = values.epochsWithout as number;
    this.#bestWeights = tensors && Object.keys(tensors).length ? tensors : undefined;
  }
}
