import { isFloat } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import type { ExampleSource } from '../data/source.ts';
import { Accuracy } from '../metrics/accuracy.ts';
import { MeanMetric } from '../metrics/mean-metric.ts';
import { MeanAbsoluteError, MeanSquaredError } from '../metrics/regression.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** From what a network gave for a batch and what was to come out: the mean loss, a tensor of one element. */
export type LossFunction = (output: Tensor, targets: Tensor) => Tensor;

const losses = {
  crossEntropy,
  nllLoss,
  mseLoss,
  l1Loss,
  smoothL1Loss,
  huberLoss,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} as const;

/** A loss function of this library by its name. */
export type LossName = keyof typeof losses;

/** Losses whose targets are labels, and losses whose outputs are probabilities. */
const ofLabels: ReadonlySet<unknown> = new Set<LossName>(['crossEntropy', 'nllLoss']);
const ofProbabilities: ReadonlySet<unknown> = new Set<LossName>(['binaryCrossEntropy']);

/** Metrics that have names of their own. */
export type MetricName = 'accuracy' | 'meanSquaredError' | 'meanAbsoluteError';

/** What is measured beside the loss: by name, as a metric, or as a function whose result's mean is the metric. */
export type MetricSpec = MetricName | MeanMetric | LossFunction;

/** What a network is trained for and measured by. */
export interface Objective {
  readonly loss: LossName | LossFunction;
  /** Default: none. */
  readonly metrics?: readonly MetricSpec[];
}

export interface Measure {
  readonly name: string;
  /** Values of a batch, whose mean is wanted. */
  readonly values: LossFunction;
}

/** The same with names resolved. Throws an ArgumentError for a name there is not. */
export interface ResolvedObjective {
  readonly loss: LossFunction;
  readonly metrics: readonly Measure[];
  /** Throws an IndexError if targets are labels that this output has no class for. */
  checkLabels(output: Tensor, targets: Tensor, source: ExampleSource): void;
}

export function resolveObjective(op: string, { loss, metrics = [] }: Objective): ResolvedObjective {
  const measures = metrics.map((metric): Measure => resolveMetric(op, metric, loss));
  const names = measures.map(({ name }) => name);
  const twice = names.find((name, i) => name === 'loss' || names.indexOf(name) !== i);
  if (twice)
    throw new ArgumentError(`two numbers are called '${twice}'`, {
      op,
      hint: 'Give each metric its own name',
    });
  return {
    loss: resolveLoss(op, loss),
    metrics: measures,
    checkLabels(output, targets, source) {
      if (!ofLabels.has(loss) || isFloat(targets.dtype) || output.ndim !== targets.ndim + 1) return;
      source.checkClasses(output.shape[1]);
    },
  };
}

function resolveLoss(op: string, loss: Objective['loss']): LossFunction {
  if (typeof loss === 'function') return loss;
  if (Object.hasOwn(losses, loss)) return losses[loss] as LossFunction;
  throw new ArgumentError(`there is no loss '${String(loss)}'`, {
    op,
    hint: `Known are: ${Object.keys(losses).join(', ')}; or give a function (output, targets) => loss`,
  });
}

function resolveMetric(op: string, metric: MetricSpec, loss: Objective['loss']): Measure {
  if (typeof metric === 'function') {
    if (!metric.name)
      throw new ArgumentError('a metric is a function without a name', { op, hint: 'Name it' });
    return { name: metric.name, values: metric };
  }
  const made = metric instanceof MeanMetric ? metric : makeMetric(op, metric, loss);
  return { name: made.name, values: (output, targets) => made.values(output, targets) };
}

function makeMetric(op: string, name: MetricName, loss: Objective['loss']): MeanMetric {
  switch (name) {
    case 'accuracy':
      return new Accuracy({ threshold: ofProbabilities.has(loss) ? 0.5 : 0 });
    case 'meanSquaredError':
      return new MeanSquaredError();
    case 'meanAbsoluteError':
      return new MeanAbsoluteError();
    default:
      throw new ArgumentError(`there is no metric '${String(name)}'`, {
        op,
        hint: 'Known are: accuracy, meanSquaredError, meanAbsoluteError; or give a metric or a function (output, targets) => values',
      });
  }
}
