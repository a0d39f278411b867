import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { BatchReader, checkBatchSize, decode, disposeBatch } from '../data/batches.ts';
import { type Data, datasetOf } from '../data/dataset.ts';
import { orderAsIs } from '../data/order.ts';
import { Pace } from '../data/pace.ts';
import { type ExampleSource, openExamples } from '../data/source.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Module } from '../nn/module.ts';
import { compile } from '../tensor/compile.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { numbersOf } from './measures.ts';
import { inEvaluationMode, outputOf } from './model.ts';
import { type Objective, type ResolvedObjective, resolveObjective } from './objective.ts';
import { RunningMeans } from './running-means.ts';

/** Means over a data set by name: `loss`, and the metrics. */
export type Evaluation = { readonly loss: number } & Readonly<Record<string, number>>;

/** With nobody to wait for the numbers, large batches are quicker; larger ones than this are not. */
const mostExamples = 512;

/** A batch size that splits a data set as evenly as can be: mostly all batches are then equal, and one program serves them. */
export const evenBatchSize = (length: number): number => Math.ceil(length / Math.ceil(length / mostExamples));

/** Measures a model on data; made once, used after every epoch. */
export class Evaluator {
  readonly #model: Module;
  readonly #means: RunningMeans;
  readonly #source: ExampleSource;
  readonly #reader: BatchReader;
  /** Metrics that are given all outputs. */
  readonly #collected: readonly Metric<unknown>[];
  readonly #step: (inputs: Tensor, targets: Tensor) => { output: Tensor; targets: Tensor } | null;

  constructor(op: string, model: Module, objective: ResolvedObjective, data: Data, batchSize?: number) {
    const source = openExamples(op, datasetOf(op, data));
    if (!source.target) throw new DataError('the data set has no targets', { op });
    if (batchSize !== undefined) checkBatchSize(op, batchSize);
    this.#model = model;
    this.#source = source;
    this.#reader = new BatchReader(source, batchSize ?? evenBatchSize(source.length));
    this.#means = new RunningMeans(objective.metrics);
    this.#collected = objective.metrics.flatMap((measure) =>
      measure.kind === 'outputs' ? [measure.metric] : [],
    );
    this.#step = compile(
      (inputs: Tensor, stored: Tensor) =>
        noGrad(() => {
          const size = inputs.shape[0];
          const targets = decode(source.target!, stored);
          const output = outputOf(op, model, decode(source.input, inputs));
          objective.checkLabels(output, targets, source);
          this.#means.addLoss(objective.loss(output, targets), size);
          this.#means.measure(output, targets, size);
          return this.#collected.length ? { output, targets } : null;
        }),
      { steady: true },
    );
  }

  run(): Promise<Evaluation> {
    return inEvaluationMode(this.#model, async () => {
      const order = orderAsIs(this.#source.length);
      const pace = new Pace();
      this.#means.reset();
      for (const metric of this.#collected) metric.reset();
      for (let begin = 0; begin < order.length; begin += this.#reader.batchSize) {
        const batch = this.#reader.read(order, begin);
        const outputs = this.#step(batch.inputs, batch.targets!);
        this.#means.settle();
        if (outputs) {
          for (const metric of this.#collected) await metric.update(outputs.output, outputs.targets);
          outputs.output.dispose();
          outputs.targets.dispose();
        }
        disposeBatch(batch);
        this.#means.count += batch.size;
        if (pace.isDue(performance.now())) await pace.turn();
      }
      const numbers = await this.#means.read();
      for (const metric of this.#collected) Object.assign(numbers, numbersOf(metric.name, metric.compute()));
      return numbers as Evaluation;
    });
  }
}

export interface EvaluateOptions extends Partial<Objective> {
  /** Examples computed at once. Default: about 500. */
  readonly batchSize?: number;
}

/** What a model was last trained for: what `evaluate` measures where nothing else is asked for. */
const lastObjectives = new WeakMap<Module, Objective>();

export const rememberObjective = (model: Module, objective: Objective): void =>
  void lastObjectives.set(model, objective);

/**
 * Loss and metrics of a model on data it need not have seen, in evaluation mode. Loss and metrics are those `fit` trained it with,
 * unless others are given.
 *
 * @throws ArgumentError if no loss is known; DataError and IndexError for data that does not fit.
 *
 * Shapes: inputs [N, ...], targets [N, ...] → numbers by name
 *
 * @example
 * ```ts
 * import { evaluate, nn, tensor } from 'nacre';
 * const model = new nn.Identity();
 * await evaluate(model, [tensor([1, 2]), tensor([1, 4])], { loss: 'mseLoss', metrics: ['meanAbsoluteError'] }); // → { loss: 2, meanAbsoluteError: 1 }
 * ```
 */
export async function evaluate(
  model: Module,
  data: Data,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const op = 'evaluate';
  const { batchSize, ...given } = optionsOf(op, options, ['loss', 'metrics', 'batchSize']);
  const objective = { ...lastObjectives.get(model), ...given };
  if (objective.loss === undefined) {
    throw new ArgumentError('this model was not trained by fit, so its loss is not known', {
      op,
      hint: "Give { loss: 'crossEntropy', metrics: ['accuracy'] }, or what it is",
    });
  }
  const { loss, metrics } = objective;
  return new Evaluator(op, model, resolveObjective(op, { loss, metrics }), data, batchSize).run();
}
