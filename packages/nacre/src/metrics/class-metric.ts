import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { bincount, expand, mul, reshape, sum } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  agreement,
  checkLabelled,
  checkLabelOptions,
  type LabelOptions,
  labelled,
  labelOptions,
} from './labels.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';

/**
 * How the values of classes become one: that of the positive class ('binary'), that of all decisions together ('micro'), the mean over the
 * classes ('macro'), the mean weighted by how often each class occurs ('weighted'), or none: the list of all (null).
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | null;

const averages: readonly unknown[] = ['binary', 'micro', 'macro', 'weighted', null];

export interface ClassMetricOptions<A extends Average = Average> extends LabelOptions {
  /** How the values of classes become one. Default: 'binary' for two classes, 'macro' for more and where examples have many labels. */
  readonly average?: A;
  /** The positive class of 'binary'. Default 1. */
  readonly posLabel?: number;
  /**
   * The value where nothing is to be divided by: of a class that never occurs, say. With NaN, such a class is left out of the mean of
   * 'macro' and 'weighted'. Default 0.
   */
  readonly zeroDivision?: number;
  /** What it is called in a history. Default: its own name, such as `f1`. */
  readonly name?: string;
}

/** One number, or a list with one for each class. */
export type PerClass<A extends Average> = A extends null ? number[] : number;

/** Sums from which everything about the classes follows, each a list with one for each class. */
export type CountName = 'hits' | 'predicted' | 'actual' | 'total' | 'invalid';

/** What was counted of one class, or of several together, in weights of examples. */
export interface ClassCounts {
  /** Rightly taken for the class: true positives. */
  readonly hits: number;
  /** Taken for the class. */
  readonly predicted: number;
  /** Of the class. */
  readonly actual: number;
  readonly total: number;
}

/** Counts of a batch by class. Part of a compiled step. */
export function countClasses(
  op: string,
  options: LabelOptions,
  predictions: Tensor,
  targets: Tensor,
  sampleWeight: Tensor | undefined,
): Sums<CountName> {
  const { classes, weight, predicted, actual, invalid } = labelled(
    op,
    options,
    predictions,
    targets,
    sampleWeight,
  );
  if (options.multiLabel) {
    const [p, a] = [predicted.to('float64'), actual.to('float64')];
    return {
      hits: sum(mul(weight, mul(p, a)), 0),
      predicted: sum(mul(weight, p), 0),
      actual: sum(mul(weight, a), 0),
      total: sum(weight, 0),
      invalid,
    };
  }
  const count = (labels: Tensor, weights: Tensor): Tensor => bincount(labels, { length: classes, weights });
  return {
    hits: count(actual, mul(weight, agreement(predicted, actual))),
    predicted: count(predicted, weight),
    actual: count(actual, weight),
    total: expand(reshape(sum(weight), [1]), [classes]),
    invalid,
  };
}

/** The counts of each class. */
export const classCounts = ({ hits, predicted, actual, total }: Totals<CountName>): ClassCounts[] =>
  Array.from(hits, (_, label) => ({
    hits: hits[label],
    predicted: predicted[label],
    actual: actual[label],
    total: total[label],
  }));

/** A quotient, or what stands for it where nothing is to be divided by. */
export const ratio = (numerator: number, denominator: number, zeroDivision: number): number =>
  denominator === 0 ? zeroDivision : numerator / denominator;

/** Counts of classes as if they were one. */
export function pooled(counts: readonly ClassCounts[]): ClassCounts {
  const all = { hits: 0, predicted: 0, actual: 0, total: 0 };
  for (const count of counts) {
    for (const name of ['hits', 'predicted', 'actual', 'total'] as const) all[name] += count[name];
  }
  return all;
}

/** The mean of values, weighted if there are weights. Those that are NaN do not count. NaN if none does. */
export function meanOf(values: readonly number[], weights?: readonly number[]): number {
  let total = 0;
  let count = 0;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const weight = weights ? weights[i] : 1;
    total += weight * value;
    count += weight;
  });
  return total / count;
}

/** A metric that follows from the counts of each class. */
export abstract class ClassMetric<R> extends SumMetric<R, CountName> {
  readonly name: string;
  readonly takesLabels: boolean;
  protected readonly labels: LabelOptions;

  constructor(name: string, labels: LabelOptions) {
    super();
    this.name = name;
    this.takesLabels = !labels.multiLabel;
    this.labels = labels;
    checkLabelOptions(this.constructor.name, labels);
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<CountName> {
    return countClasses(this.name, this.labels, predictions, targets, sampleWeight);
  }

  protected override check(predictions: Tensor, targets: Tensor): Promise<void> {
    return checkLabelled(this.name, this.labels, predictions, targets);
  }
}

/** A metric that has a value for each class, and one way or another of making one value of them. */
export abstract class AveragedMetric<A extends Average> extends ClassMetric<PerClass<A>> {
  readonly #average: Average | undefined;
  readonly #positive: number;
  protected readonly zeroDivision: number;

  constructor(name: string, options: ClassMetricOptions<A> | undefined) {
    const given = options ?? {};
    super(given.name ?? name, given);
    const { average, posLabel = 1, zeroDivision = 0 } = given;
    const op = this.constructor.name;
    if (average !== undefined && !averages.includes(average)) {
      throw new ArgumentError(`there is no average '${String(average)}'`, {
        op,
        hint: "Known are: 'binary', 'micro', 'macro', 'weighted', and null for the values of all classes",
      });
    }
    if (!Number.isInteger(posLabel) || posLabel < 0) {
      throw new ArgumentError(`posLabel is the number of a class, got ${posLabel}`, { op });
    }
    if (typeof zeroDivision !== 'number') {
      throw new ArgumentError(`zeroDivision is a number, got ${typeof zeroDivision}`, { op });
    }
    this.#average = average;
    this.#positive = posLabel;
    this.zeroDivision = zeroDivision;
  }

  /** The value of one class, or of several together. */
  protected abstract score(counts: ClassCounts): number;

  override result(totals: Totals<CountName>): PerClass<A> {
    return this.#averaged(totals) as PerClass<A>;
  }

  #averaged(totals: Totals<CountName>): number | number[] {
    const counts = classCounts(totals);
    const many = this.labels.multiLabel || counts.length !== 2;
    const average = this.#average === undefined ? (many ? 'macro' : 'binary') : this.#average;
    const values = () => counts.map((count) => (totals.invalid[0] > 0 ? Number.NaN : this.score(count)));
    if (average === null) return values();
    if (totals.invalid[0] > 0) return Number.NaN;
    switch (average) {
      case 'binary':
        return this.score(this.#positiveOf(counts));
      case 'micro':
        return this.score(pooled(counts));
      case 'macro':
        return this.#mean(values());
      case 'weighted':
        return this.#mean(
          values(),
          counts.map(({ actual }) => actual),
        );
    }
  }

  #mean(values: readonly number[], weights?: readonly number[]): number {
    const isEmpty = weights?.every((weight) => weight === 0) ?? false;
    return isEmpty ? this.zeroDivision : meanOf(values, weights);
  }

  #positiveOf(counts: readonly ClassCounts[]): ClassCounts {
    if (this.labels.multiLabel || counts.length > 2) {
      throw new ArgumentError(`average 'binary' is for two classes, there are ${counts.length}`, {
        op: this.name,
        hint: "Give average: 'macro', 'micro', 'weighted' or null",
      });
    }
    const positive = counts[this.#positive];
    if (positive) return positive;
    throw new ArgumentError(`posLabel is ${this.#positive}, outside 0 to ${counts.length - 1}`, {
      op: this.name,
    });
  }
}

const averagedOptions = [...labelOptions, 'average', 'posLabel', 'zeroDivision', 'name'];

/** The options of such a metric, if all their names are known. */
export const averagedOptionsOf = <O extends object>(
  op: string,
  options: O | undefined,
  more: string[] = [],
): O => optionsOf(op, options, [...averagedOptions, ...more]);
