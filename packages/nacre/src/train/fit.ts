import { ArgumentError } from '../base/errors.ts';
import type { Module } from '../nn/module.ts';
import type { LRScheduler } from '../optim/lr-scheduler.ts';
import type { Callback, TrainingOptimizer } from './callbacks/callback.ts';
import type { ClassWeight } from './class-weight.ts';
import type { BatchedData } from './feed.ts';
import type { History } from './history.ts';
import type { ScheduleOptions } from './lr-schedule.ts';
import { type Objective, resolveMetrics } from './objective.ts';
import type { TrainingPrecision } from './precision.ts';
import { Training } from './training.ts';
import { checkedOptions } from './training-options.ts';
import type { TrainingState } from './training-state.ts';

export interface FitOptions extends Objective {
  /** Made for the model's parameters: `new optim.Adam(model.parameters())`. */
  readonly optimizer: TrainingOptimizer;
  /** How often to go through the data. Default 1. */
  readonly epochs?: number;
  /** Examples in a step; a DataLoader has its own. Default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Data to measure the model on after every epoch. Default: none. */
  readonly validation?: BatchedData;
  /**
   * The part of the data, between 0 and 1, that is not trained with but measured after every epoch: drawn at random, or the last
   * examples where `shuffle` is off. Default: none.
   */
  readonly validationSplit?: number;
  /** Whether each epoch has an order of its own; a DataLoader and an IterableDataset see to it themselves. Default: yes. */
  readonly shuffle?: boolean;
  /** Decides the orders, and what `validationSplit` draws. Default: the seed of `manualSeed`, which decides all else that is random. */
  readonly seed?: number;
  /**
   * How much examples of each class count in the loss: `[1, 50]`, `{ 0: 1, 1: 50 }` or `'balanced'`. Metrics and the loss of the validation
   * count every class alike. Default: 1.
   */
  readonly classWeight?: ClassWeight;
  /**
   * How much each example counts in the loss, one number of zero or more for each, in the order of the data set; with `classWeight` the
   * weights are multiplied. Data sets may give it as the third part of an example instead; so does `validation`, whose loss is weighted by
   * its own weights, and what `validationSplit` draws keeps those it has here. Metrics count every example alike. Default: 1.
   */
  readonly sampleWeight?: ArrayLike<number>;
  /**
   * Batches whose gradients make one update, as of one batch of all their examples: `batchSize` 8 and 4 of them train as `batchSize` 32
   * does, in the memory of 8. An epoch's last update may be of fewer. Default 1.
   */
  readonly gradientAccumulation?: number;
  /** Gradients are scaled so that their norm together is at most this (`optim.clipGradNorm`). Default: no limit. */
  readonly clipGradNorm?: number;
  /** Every element of a gradient is limited to ± this (`optim.clipGradValue`). Default: no limit. */
  readonly clipGradValue?: number;
  /**
   * What products keep their operands and results in, as `autocast` has it, in training and validation; with 'float16' losses are scaled by
   * an `optim.GradScaler`. Default 'float32'.
   */
  readonly precision?: TrainingPrecision;
  /** A schedule of the learning rate that moves after each epoch, or `{ scheduler, interval: 'step' }` for after each update. Default: none. */
  readonly lrScheduler?: LRScheduler | ScheduleOptions;
  /** Follow the training, in this order. Default: none. */
  readonly callbacks?: readonly Callback[];
  /** Ends the training after the present step when it is aborted; the history says so. */
  readonly signal?: AbortSignal;
  /** A state of an earlier training of the same model on the same data, to go on from. */
  readonly resume?: TrainingState;
  /** Whether to show progress. Default: yes in Node, no in a browser. */
  readonly verbose?: boolean;
}

/**
 * Trains a model. A step (forward, loss, gradients, update) is one compiled program; numbers are read from the device only to be
 * shown. Model and optimizer are changed.
 *
 * Losses of examples are weighted as in Keras: Σ weight·loss / n over the n examples of a batch, so that how much one counts does
 * not depend on the others. (`crossEntropy`'s own `weight` divides by Σ weight, as PyTorch does: give it in a function to have that.)
 *
 * @throws ArgumentError for options that do not fit; DataError and IndexError for data that cannot be trained on; CallbackError for
 * a callback that fails.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, randn } from 'nacre';
 * const x = randn([64, 2]);
 * const y = x.sum(1, { keepdim: true });
 * const model = new nn.Linear(2, 1);
 * const history = await fit(model, [x, y], {
 *   optimizer: new optim.Adam(model.parameters(), { lr: 0.1 }),
 *   loss: 'mseLoss',
 *   epochs: 20,
 *   verbose: false,
 * });
 * history.loss.at(-1)! < 0.05; // → true
 * ```
 *
 * @example
 * ```ts
 * import { ArrayDataset, fit, kFold, nn, optim, Subset } from 'nacre';
 * const data = new ArrayDataset([[0, 1], [1, 0], [0, 2], [2, 0], [0, 3], [3, 0]], [0, 1, 0, 1, 0, 1], { dtype: 'float32' });
 * const scores: number[] = [];
 * for (const { train, validation } of kFold(data, 3)) {
 *   const model = new nn.Linear(2, 2); // a new one for each fold
 *   const history = await fit(model, new Subset(data, train), {
 *     optimizer: new optim.Adam(model.parameters(), { lr: 0.1 }),
 *     loss: 'crossEntropy',
 *     metrics: ['accuracy'],
 *     validation: new Subset(data, validation),
 *     epochs: 30,
 *     verbose: false,
 *   });
 *   scores.push(history.valAccuracy.at(-1)!);
 * }
 * scores; // → [1, 1, 1]
 * ```
 */
export async function fit(model: Module, data: BatchedData, options: FitOptions): Promise<History> {
  const op = 'fit';
  if (!options) {
    throw new ArgumentError('there are no options', {
      op,
      hint: "Give { optimizer: new optim.Adam(model.parameters()), loss: 'crossEntropy' }",
    });
  }
  const checked = checkedOptions(model, data, options);
  return new Training(model, data, checked, await resolveMetrics(op, options)).run();
}
