import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { decode, disposeBatch } from '../data/batches.ts';
import type { Field } from '../data/field.ts';
import { Pace } from '../data/pace.ts';
import type { ExampleSource } from '../data/source.ts';
import type { Module } from '../nn/module.ts';
import { compile } from '../tensor/compile.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ClassWeight, ClassWeights, checkSameClasses } from './class-weight.ts';
import { type BatchedData, batchesOf, evenBatchSize, type Feed, openFeed } from './feed.ts';
import { resolveLoss } from './losses.ts';
import { type Measure, numbersOf } from './measures.ts';
import { inEvaluationMode, outputOf } from './model.ts';
import { type Objective, type ResolvedObjective, resolveMetrics } from './objective.ts';
import { checkPrecision, inPrecision, type TrainingPrecision } from './precision.ts';
import { RunningMeans } from './running-means.ts';

/** Means over a data set by name: `loss`, and the metrics. */
export type Evaluation = { readonly loss: number } & Readonly<Record<string, number>>;

/** Measures a model on data; made once, used after every epoch. */
export class Evaluator {
  readonly #model: Module;
  readonly #means: RunningMeans;
  readonly #feed: Feed;
  /** Metrics that are given all outputs. */
  readonly #collected: readonly Extract<Measure, { kind: 'outputs' }>[];
  readonly #step: (
    inputs: Tensor,
    targets: Tensor,
    weights: Tensor | null,
  ) => { output: Tensor; targets: Tensor } | null;
  /** How the examples of the present batch are read. */
  #source!: ExampleSource;

  constructor(
    op: string,
    model: Module,
    objective: ResolvedObjective,
    feed: Feed,
    precision: TrainingPrecision,
  ) {
    const { loss, metrics } = objective;
    this.#model = model;
    this.#feed = feed;
    this.#means = new RunningMeans(metrics);
    this.#collected = metrics.filter((measure) => measure.kind === 'outputs');
    this.#step = compile(
      (inputs: Tensor, stored: Tensor, weights: Tensor | null) =>
        noGrad(() => {
          const source = this.#source;
          const [size] = inputs.shape;
          const targets = decode(source.target!, stored);
          const { output, value } = inPrecision(precision, () => {
            const output = outputOf(op, model, decode(source.input, inputs));
            loss.checkLabels(output, targets, source);
            return { output, value: loss.mean(output, targets, weights) };
          });
          this.#means.addLoss(value, size);
          this.#means.measure(output, targets, size);
          return this.#collected.length ? { output, targets } : null;
        }),
      { steady: true },
    );
  }

  run(): Promise<Evaluation> {
    return inEvaluationMode(this.#model, async () => {
      const pace = new Pace();
      this.#means.reset();
      for (const { metric } of this.#collected) metric.reset();
      for await (const { source, batch } of batchesOf(this.#feed)) {
        this.#source = source;
        const outputs = this.#step(batch.inputs, batch.targets!, batch.weights);
        this.#means.settle();
        if (outputs) {
          const { output, targets } = outputs;
          for (const { metric, read } of this.#collected) await metric.update(output, read(output, targets));
          output.dispose();
          targets.dispose();
        }
        disposeBatch(batch);
        this.#means.count += batch.size;
        if (pace.isDue(performance.now())) await pace.turn();
      }
      const numbers = await this.#means.read();
      for (const { metric } of this.#collected)
        Object.assign(numbers, numbersOf(metric.name, metric.compute()));
      return numbers as Evaluation;
    });
  }
}

export interface EvaluateOptions extends Partial<Objective> {
  /** Examples computed at once; a DataLoader has its own. Default: about 500. */
  readonly batchSize?: number;
  /** How much each example counts in the loss, as in `fit`; in metrics all count alike. Default: 1. */
  readonly sampleWeight?: ArrayLike<number>;
  /** How much examples of each class count in the loss, as in `fit`; in metrics all count alike. Default: 1. */
  readonly classWeight?: ClassWeight;
  /** As in `fit`. Default 'float32'. */
  readonly precision?: TrainingPrecision;
}

/** What a model was last trained for: what `evaluate` measures where nothing else is asked for. */
const lastObjectives = new WeakMap<Module, Trained>();

interface Trained extends Objective {
  /** What its targets were. */
  readonly target?: Field | null;
}

export const rememberObjective = (model: Module, objective: Trained): void =>
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
  data: BatchedData,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const op = 'evaluate';
  const names = ['loss', 'metrics', 'batchSize', 'sampleWeight', 'classWeight', 'precision'];
  const {
    batchSize,
    sampleWeight,
    classWeight,
    precision = 'float32',
    ...given
  } = optionsOf(op, options, names);
  checkPrecision(op, precision);
  const { target, ...last } = lastObjectives.get(model) ?? {};
  const objective = { ...last, ...given };
  if (objective.loss === undefined) {
    throw new ArgumentError('this model was not trained by fit, so its loss is not known', {
      op,
      hint: "Give { loss: 'crossEntropy', metrics: ['accuracy'] }, or what it is",
    });
  }
  const { loss, metrics } = objective;
  const feed = openFeed(op, data, { batchSize, sampleWeight, defaultBatchSize: evenBatchSize });
  checkSameClasses(op, target, feed.source?.target);
  const weights = classWeight === undefined ? null : new ClassWeights(op, classWeight, feed.source);
  const resolved = {
    loss: resolveLoss(op, loss, weights),
    metrics: await resolveMetrics(op, { loss, metrics }),
  };
  return new Evaluator(op, model, resolved, feed, precision).run();
}
