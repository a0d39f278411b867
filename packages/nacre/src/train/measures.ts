import { isFloat } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { Accuracy, TopKAccuracy } from '../metrics/accuracy.ts';
import { BalancedAccuracy, CohenKappa, MatthewsCorrelation } from '../metrics/agreement.ts';
import { ExplainedVariance, R2 } from '../metrics/explained.ts';
import { MeanMetric } from '../metrics/mean-metric.ts';
import { MedianAbsoluteError } from '../metrics/median-error.ts';
import type { Metric } from '../metrics/metric.ts';
import { Dice, IoU } from '../metrics/overlap.ts';
import { F1, Precision, Recall, Specificity } from '../metrics/precision-recall.ts';
import { BrierScore, CalibrationError, LogLoss, Perplexity } from '../metrics/probabilities.ts';
import { AveragePrecision, RocAuc } from '../metrics/ranking.ts';
import {
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  RootMeanSquaredError,
} from '../metrics/regression.ts';
import { SumMetric } from '../metrics/sum-metric.ts';
import { argmax } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What the outputs of a network are, as its loss takes them. */
interface Outputs {
  /** What is between two classes. */
  readonly threshold: number;
  /** Whether they are logits rather than probabilities. */
  readonly fromLogits: boolean;
  /** Whether targets of their shape are shares of the classes, rather than 0 or 1 for each. */
  readonly haveShares: boolean;
}

/** What metrics have to know of outputs that are probabilities, or else logits. */
export const outputsOf = (areProbabilities: boolean, haveShares: boolean): Outputs => ({
  threshold: areProbabilities ? 0.5 : 0,
  fromLogits: !areProbabilities,
  haveShares,
});

const named = {
  accuracy: ({ threshold }: Outputs) => new Accuracy({ threshold }),
  top5Accuracy: () => new TopKAccuracy(5),
  balancedAccuracy: ({ threshold }: Outputs) => new BalancedAccuracy({ threshold }),
  precision: ({ threshold }: Outputs) => new Precision({ threshold }),
  recall: ({ threshold }: Outputs) => new Recall({ threshold }),
  specificity: ({ threshold }: Outputs) => new Specificity({ threshold }),
  f1: ({ threshold }: Outputs) => new F1({ threshold }),
  matthewsCorrelation: ({ threshold }: Outputs) => new MatthewsCorrelation({ threshold }),
  cohenKappa: ({ threshold }: Outputs) => new CohenKappa({ threshold }),
  iou: ({ threshold }: Outputs) => new IoU({ threshold }),
  dice: ({ threshold }: Outputs) => new Dice({ threshold }),
  rocAuc: ({ fromLogits }: Outputs) => new RocAuc({ fromLogits }),
  averagePrecision: ({ fromLogits }: Outputs) => new AveragePrecision({ fromLogits }),
  logLoss: ({ fromLogits }: Outputs) => new LogLoss({ fromLogits }),
  perplexity: ({ fromLogits }: Outputs) => new Perplexity({ fromLogits }),
  brierScore: ({ fromLogits }: Outputs) => new BrierScore({ fromLogits }),
  calibrationError: ({ fromLogits }: Outputs) => new CalibrationError({ fromLogits }),
  meanSquaredError: () => new MeanSquaredError(),
  rootMeanSquaredError: () => new RootMeanSquaredError(),
  meanAbsoluteError: () => new MeanAbsoluteError(),
  meanAbsolutePercentageError: () => new MeanAbsolutePercentageError(),
  medianAbsoluteError: () => new MedianAbsoluteError(),
  r2: () => new R2(),
  explainedVariance: () => new ExplainedVariance(),
} as const;

/** Metrics that have names of their own, with the options that fit the loss: 'precision' of logits has threshold 0, of probabilities 0.5. */
export type MetricName = keyof typeof named;

/**
 * What is measured beside the loss: by name, as a metric, or as a function whose result's mean is the metric. Metrics that follow from sums
 * (`MeanMetric`, `SumMetric`) are measured in training and validation. Any other metric is given all outputs, which only `evaluate` and the
 * validation of `fit` do. Numbers become part of the history; a list of numbers as one of each: `recall0`, `recall1`, … . A metric that gives
 * anything else is to be asked itself: after an evaluation or a validation it holds what was measured.
 *
 * Every example counts alike, whatever `sampleWeight` and `classWeight` make of its loss; for metrics that are weighted, give the weights to
 * `metric.update` with what `predict` gave. Where `crossEntropy` or `klDiv` has shares of the classes for targets (one-hot rows, or those of
 * `mixup`, `cutmix`), metrics of labels are given the class with the largest share. A loss that is a function does not tell what its targets are:
 * there write `function accuracy(output, targets) { return output.argmax(1).eq(targets.argmax(1)); }`.
 */
export type MetricSpec = MetricName | Metric<unknown> | ((output: Tensor, targets: Tensor) => Tensor);

/** A metric that is ready to be measured. */
export type Measure =
  /** The mean of values, or of what a function gives. */
  | { readonly kind: 'mean'; readonly name: string; values(output: Tensor, targets: Tensor): Tensor }
  /** What follows from sums. */
  | { readonly kind: 'sums'; readonly name: string; readonly metric: SumMetric<unknown>; readonly read: Read }
  /** What needs all outputs. */
  | {
      readonly kind: 'outputs';
      readonly name: string;
      readonly metric: Metric<unknown>;
      readonly read: Read;
    };

/** Targets as a metric takes them. */
type Read = (output: Tensor, targets: Tensor) => Tensor;

const asTheyAre: Read = (_, targets) => targets;

/** Of shares the class that has the largest; labels as they are. */
const asLabels: Read = (output, targets) =>
  isFloat(targets.dtype) && targets.ndim > 1 && sameShape(output.shape, targets.shape)
    ? argmax(targets, 1)
    : targets;

/** Metrics by name, as objects or functions. Throws an ArgumentError for a name there is not. */
export function resolveMeasures(op: string, metrics: readonly MetricSpec[], outputs: Outputs): Measure[] {
  const measures = metrics.map((metric) => resolveMeasure(op, metric, outputs));
  const names = measures.map(({ name }) => name);
  const twice = names.find((name, i) => name === 'loss' || names.indexOf(name) !== i);
  if (twice)
    throw new ArgumentError(`two numbers are called '${twice}'`, {
      op,
      hint: 'Give each metric its own name',
    });
  return measures;
}

function resolveMeasure(op: string, spec: MetricSpec, outputs: Outputs): Measure {
  if (typeof spec === 'function') {
    if (!spec.name) throw new ArgumentError('a metric is a function without a name', { op, hint: 'Name it' });
    return { kind: 'mean', name: spec.name, values: spec };
  }
  const metric: Metric<unknown> = typeof spec === 'object' ? spec : makeMetric(op, spec, outputs);
  const { name } = metric;
  const read = outputs.haveShares && metric.takesLabels ? asLabels : asTheyAre;
  if (metric instanceof MeanMetric) {
    return { kind: 'mean', name, values: (output, targets) => metric.values(output, read(output, targets)) };
  }
  if (metric instanceof SumMetric) return { kind: 'sums', name, metric, read };
  if (typeof name === 'string' && typeof metric.update === 'function')
    return { kind: 'outputs', name, metric, read };
  throw new ArgumentError('a metric has no name or no update', {
    op,
    hint: 'Give a name, a metric, or a function (output, targets) => values',
  });
}

function makeMetric(op: string, name: MetricName, outputs: Outputs): Metric<unknown> {
  if (Object.hasOwn(named, name)) return named[name](outputs);
  throw new ArgumentError(`there is no metric '${String(name)}'`, {
    op,
    hint: `Known are: ${Object.keys(named).join(', ')}; or give a metric or a function (output, targets) => values`,
  });
}

/** The numbers that a value becomes in a history. */
export function numbersOf(name: string, value: unknown): Record<string, number> {
  if (typeof value === 'number') return { [name]: value };
  if (!Array.isArray(value)) return {};
  const numbers: Record<string, number> = {};
  value.forEach((part: unknown, i) => {
    if (typeof part === 'number') numbers[`${name}${i}`] = part;
  });
  return numbers;
}

/** Refuses metrics that could be measured nowhere: those that need all outputs, in a training without a validation. */
export function checkMeasured(op: string, measures: readonly Measure[], hasValidation: boolean): void {
  const lost = hasValidation ? undefined : measures.find(({ kind }) => kind === 'outputs');
  if (!lost) return;
  throw new ArgumentError(`'${lost.name}' needs all outputs, so it is measured on validation data only`, {
    op,
    hint: 'Give { validation: data }, or leave the metric out',
  });
}
