import { ArgumentError } from '../../base/errors.ts';
import { checkWhole } from '../../data/checks.ts';
import type { StateDict } from '../../tensor/state-dict.ts';
import type { EpochRecord, History } from '../history.ts';
import type { Callback, CallbackState, TrainingRun } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a better value that are still waited for; one more ends the training. Default 0. */
  readonly patience?: number;
  /** A value that has to be bettered: epochs that are not better than it count as without improvement. Default: none. */
  readonly baseline?: number;
  /** Whether the model is given the weights of its best epoch in the end. Default: no. */
  readonly restoreBestWeights?: boolean;
}

/**
 * Ends the training when the number it watches has stopped getting better. `patience` is counted as PyTorch's schedules count it; Keras
 * stops an epoch earlier.
 *
 * @throws ArgumentError for options that do not fit, and if no record has the number.
 *
 * @example
 * ```ts
 * import { EarlyStopping, fit, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0 }), loss: 'mseLoss', epochs: 50, verbose: false,
 *   callbacks: [new EarlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true })],
 * });
 * history.loss.length; // → 4
 * ```
 */
export class EarlyStopping implements Callback {
  readonly #monitor: Monitor;
  readonly #patience: number;
  readonly #baseline: number | undefined;
  readonly #restores: boolean;
  #epochsWithout = 0;
  #bestWeights: StateDict | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    const op = 'EarlyStopping';
    this.#monitor = new Monitor(op, options, ['patience', 'baseline', 'restoreBestWeights']);
    const { patience = 0, baseline, restoreBestWeights = false } = options;
    checkWhole(op, 'patience', patience, 0);
    if (baseline !== undefined && !Number.isFinite(baseline)) {
      throw new ArgumentError(`baseline is a finite number, got ${baseline}`, { op });
    }
    this.#patience = patience;
    this.#baseline = baseline;
    this.#restores = restoreBestWeights;
  }

  /** One that followed another training begins anew. */
  onTrainBegin({ records }: TrainingRun): void {
    if (records.length > 0) return;
    this.#monitor.best = null;
    this.#epochsWithout = 0;
    this.#bestWeights = undefined;
  }

  onEpochEnd(record: EpochRecord, run: TrainingRun): void {
    const improves = this.#monitor.improves(record);
    if (improves && this.#restores) this.#bestWeights = run.model.stateDict();
    if (improves && (this.#baseline === undefined || this.#monitor.exceeds(record, this.#baseline))) {
      this.#epochsWithout = 0;
      return;
    }
    if (++this.#epochsWithout <= this.#patience) return;
    const { name } = this.#monitor.read(record);
    const bound = improves ? `the baseline ${this.#baseline}` : this.#monitor.best;
    run.stop(`${name} has not got better than ${bound} for ${this.#epochsWithout} epochs`);
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
