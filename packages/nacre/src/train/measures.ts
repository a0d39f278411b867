import { isFloat } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { Accuracy } from '../metrics/accuracy.ts';
import { MeanMetric } from '../metrics/mean-metric.ts';
import type { Metric } from '../metrics/metric.ts';
import { SumMetric } from '../metrics/sum-metric.ts';
import { argmax } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { namedMetrics, Outputs } from './named-metrics.ts';

/** What metrics have to know of outputs that are probabilities, or else logits. */
export const outputsOf = (areProbabilities: boolean, haveShares: boolean): Outputs => ({
  threshold: areProbabilities ? 0.5 : 0,
  fromLogits: !areProbabilities,
  haveShares,
});

/**
 * Metrics that have names of their own, with the options that fit the loss: 'precision' of logits has threshold 0, of probabilities 0.5.
 * Beside 'accuracy': of classes 'top5Accuracy', 'balancedAccuracy', 'precision', 'recall', 'specificity', 'f1', 'matthewsCorrelation',
 * 'cohenKappa', 'iou', 'dice'; of probabilities 'rocAuc', 'averagePrecision', 'logLoss', 'perplexity', 'brierScore', 'calibrationError'; of
 * numbers 'meanSquaredError', 'rootMeanSquaredError', 'meanAbsoluteError', 'meanAbsolutePercentageError', 'medianAbsoluteError', 'r2',
 * 'explainedVariance'.
 */
export type MetricName = 'accuracy' | keyof typeof namedMetrics;

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

/** Metrics by name, as objects or functions. Rejects with an ArgumentError for a name there is not. */
export async function resolveMeasures(
  op: string,
  metrics: readonly MetricSpec[],
  outputs: Outputs,
): Promise<Measure[]> {
  const measures = await Promise.all(metrics.map((metric) => resolveMeasure(op, metric, outputs)));
  const names = measures.map(({ name }) => name);
  const twice = names.find((name, i) => name === 'loss' || names.indexOf(name) !== i);
  if (twice)
    throw new ArgumentError(`two numbers are called '${twice}'`, {
      op,
      hint: 'Give each metric its own name',
    });
  return measures;
}

async function resolveMeasure(op: string, spec: MetricSpec, outputs: Outputs): Promise<Measure> {
  if (typeof spec === 'function') {
    if (!spec.name) throw new ArgumentError('a metric is a function without a name', { op, hint: 'Name it' });
    return { kind: 'mean', name: spec.name, values: spec };
  }
  const metric: Metric<unknown> = typeof spec === 'object' ? spec : await makeMetric(op, spec, outputs);
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

/** A page that names other metrics than the accuracy loads them when it asks for them. */
async function makeMetric(op: string, name: MetricName, outputs: Outputs): Promise<Metric<unknown>> {
  if (name === 'accuracy') return new Accuracy({ threshold: outputs.threshold });
  const { namedMetrics } = await import('./named-metrics.ts');
  if (Object.hasOwn(namedMetrics, name)) return namedMetrics[name](outputs);
  throw new ArgumentError(`there is no metric '${String(name)}'`, {
    op,
    hint: `Known are: accuracy, ${Object.keys(namedMetrics).join(', ')}; or give a metric or a function (output, targets) => values`,
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
