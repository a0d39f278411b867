import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../../data/checks.ts';
import type { EpochRecord } from '../history.ts';
import { SummaryWriter } from '../tensorboard/summary-writer.ts';
import type { Callback, StepProgress, TrainingRun } from './callback.ts';

export interface TensorBoardOptions {
  /** The folder of the training; its event files go into `train` and `validation` in it. Default 'logs', as in Keras. */
  readonly logDir?: string;
  /** Histograms of all parameters are written every so many epochs; 0: none. Default 0. */
  readonly histogramFreq?: number;
  /** Whether means so far are written while an epoch is under way too, as often as progress is shown. Default 'epoch': at its end alone. */
  readonly updateFreq?: 'epoch' | 'batch';
}

/** What is in a record for the bookkeeping. */
const aside: ReadonlySet<string> = new Set(['epoch', 'seconds', 'stepMicroseconds', 'lr']);

/**
 * Writes the course of a training as TensorBoard shows it: `tensorboard --logdir logs`. Names are those of Keras: `epoch_loss`,
 * `epoch_accuracy`, `epoch_learning_rate` over the number of the epoch (from 0), training and validation in one picture; `batch_loss` over
 * the number of the step. A resumed training goes on with the curves.
 *
 * @throws ArgumentError for options that do not fit; FileError for a folder that cannot be written.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, TensorBoard, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 2, verbose: false,
 *   callbacks: [new TensorBoard({ logDir: 'logs/first', histogramFreq: 1 })],
 * });
 * history.loss.length; // → 2
 * ```
 */
export class TensorBoard implements Callback {
  readonly #folder: string;
  readonly #histogramFreq: number;
  readonly #updateFreq: 'epoch' | 'batch';
  readonly #writers = new Map<string, SummaryWriter>();
  #goesOnFrom: number | undefined;

  constructor(options: TensorBoardOptions = {}) {
    const op = 'TensorBoard';
    const names = ['logDir', 'histogramFreq', 'updateFreq'];
    const { logDir = 'logs', histogramFreq = 0, updateFreq = 'epoch' } = optionsOf(op, options, names);
    checkWhole(op, 'histogramFreq', histogramFreq, 0);
    if (updateFreq !== 'epoch' && updateFreq !== 'batch') {
      throw new ArgumentError(`updateFreq is 'epoch' or 'batch', got '${String(updateFreq)}'`, { op });
    }
    this.#folder = logDir;
    this.#histogramFreq = histogramFreq;
    this.#updateFreq = updateFreq;
  }

  onTrainBegin({ records }: TrainingRun): void {
    this.#writers.clear();
    // What is hidden is hidden by its step, which counts batches in other curves.
    this.#goesOnFrom = records.length > 0 && this.#updateFreq === 'epoch' ? records.length : undefined;
  }

  onProgress({ epoch, step, stepsPerEpoch, loss, metrics }: StepProgress): void {
    if (this.#updateFreq !== 'batch' || !Number.isFinite(stepsPerEpoch)) return;
    for (const [name, value] of Object.entries({ loss, ...metrics })) {
      this.#writer('train').addScalar(`batch_${name}`, value, (epoch - 1) * stepsPerEpoch + step);
    }
  }

  async onEpochEnd(record: EpochRecord, { model }: TrainingRun): Promise<void> {
    const step = record.epoch - 1;
    const train = this.#writer('train');
    train.addScalar('epoch_learning_rate', record.lr, step);
    for (const [name, value] of Object.entries(record)) {
      if (typeof value !== 'number' || aside.has(name)) continue;
      const measured = /^val([A-Z].*)$/.exec(name)?.[1];
      const writer = measured ? this.#writer('validation') : train;
      const plain = measured ? `${measured[0].toLowerCase()}${measured.slice(1)}` : name;
      writer.addScalar(`epoch_${plain}`, value, step);
    }
    if (this.#histogramFreq > 0 && record.epoch % this.#histogramFreq === 0) {
      for (const [name, parameter] of model.namedParameters()) {
        const values = await parameter.value.to('float32').data();
        if (values.some(Number.isFinite)) await train.addHistogram(name, values, step);
      }
    }
    for (const writer of this.#writers.values()) await writer.flush();
  }

  async close(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.close();
  }

  #writer(part: 'train' | 'validation'): SummaryWriter {
    const writer =
      this.#writers.get(part) ??
      new SummaryWriter(`${this.#folder}/${part}`, { purgeStep: this.#goesOnFrom });
    this.#writers.set(part, writer);
    return writer;
  }
}
