import { ArgumentError } from '../base/errors.ts';
import {
  type Average,
  AveragedMetric,
  averagedOptionsOf,
  type ClassCounts,
  type ClassMetricOptions,
  ratio,
} from './class-metric.ts';

/**
 * Of what was taken for a class, the part that is of it. Agrees with scikit-learn's `precision_score` (with `labels` of all classes).
 *
 * Formula: TP / (TP + FP)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels; both [N, L] with `multiLabel` → a number,
 * or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { Precision, tensor } from 'nacre';
 * const logits = tensor([[2, 1, 0], [0, 3, 1], [0, 2, 1], [1, 0, 4]]);
 * const labels = tensor([0, 1, 2, 2], { dtype: 'int32' });
 * const precision = new Precision({ average: null });
 * await precision.update(logits, labels);
 * precision.compute(); // → [1, 0.5, 1]
 * ```
 */
export class Precision<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('precision', averagedOptionsOf('Precision', options));
  }

  protected override score({ hits, predicted }: ClassCounts): number {
    return ratio(hits, predicted, this.zeroDivision);
  }
}

/**
 * Of what is of a class, the part that was taken for it: sensitivity. Agrees with scikit-learn's `recall_score` (with `labels` of all
 * classes).
 *
 * Formula: TP / (TP + FN)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels; both [N, L] with `multiLabel` → a number,
 * or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { Recall, tensor } from 'nacre';
 * const recall = new Recall({ threshold: 0.5 });
 * await recall.update(tensor([0.9, 0.4, 0.7, 0.2]), tensor([1, 1, 0, 0]));
 * recall.compute(); // → 0.5
 * ```
 */
export class Recall<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('recall', averagedOptionsOf('Recall', options));
  }

  protected override score({ hits, actual }: ClassCounts): number {
    return ratio(hits, actual, this.zeroDivision);
  }
}

/**
 * Of what is not of a class, the part that was not taken for it: the recall of the negatives.
 *
 * Formula: TN / (TN + FP)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels; both [N, L] with `multiLabel` → a number,
 * or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { Specificity, tensor } from 'nacre';
 * const specificity = new Specificity({ threshold: 0.5 });
 * await specificity.update(tensor([0.9, 0.4, 0.7, 0.2]), tensor([1, 0, 0, 0]));
 * specificity.compute(); // → 0.667
 * ```
 */
export class Specificity<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('specificity', averagedOptionsOf('Specificity', options));
  }

  protected override score({ hits, predicted, actual, total }: ClassCounts): number {
    return ratio(total - predicted - actual + hits, total - actual, this.zeroDivision);
  }
}

export interface FBetaOptions<A extends Average = Average> extends ClassMetricOptions<A> {
  /** How much more recall matters than precision. Default 1. */
  readonly beta?: number;
}

/**
 * The harmonic mean of precision and recall, in which recall counts β times as much. Agrees with scikit-learn's `fbeta_score` (with
 * `labels` of all classes).
 *
 * Formula: (1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels; both [N, L] with `multiLabel` → a number,
 * or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { FBeta, tensor } from 'nacre';
 * const f2 = new FBeta({ beta: 2, threshold: 0.5 });
 * await f2.update(tensor([0.9, 0.4, 0.7, 0.2]), tensor([1, 1, 0, 1]));
 * f2.compute(); // → 0.357
 * ```
 */
export class FBeta<A extends Average = 'binary'> extends AveragedMetric<A> {
  readonly beta: number;

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: FBetaOptions<A>) {
    const { beta = 1 } = averagedOptionsOf('FBeta', options, ['beta']);
    super('fBeta', options);
    if (!(beta >= 0 && Number.isFinite(beta))) {
      throw new ArgumentError(`beta is a number of zero or more, got ${beta}`, { op: 'FBeta' });
    }
    this.beta = beta;
  }

  protected override score({ hits, predicted, actual }: ClassCounts): number {
    const square = this.beta ** 2;
    return ratio((1 + square) * hits, square * actual + predicted, this.zeroDivision);
  }
}

/**
 * The harmonic mean of precision and recall. Agrees with scikit-learn's `f1_score` (with `labels` of all classes).
 *
 * Formula: 2·TP / (2·TP + FN + FP)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels; both [N, L] with `multiLabel` → a number,
 * or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { F1, tensor } from 'nacre';
 * const logits = tensor([[2, 1, 0], [0, 3, 1], [0, 2, 1], [1, 0, 4]]);
 * const labels = tensor([0, 1, 2, 2], { dtype: 'int32' });
 * const f1 = new F1({ average: 'macro' });
 * await f1.update(logits, labels);
 * f1.compute(); // → 0.778
 * ```
 */
export class F1<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('f1', averagedOptionsOf('F1', options));
  }

  protected override score({ hits, predicted, actual }: ClassCounts): number {
    return ratio(2 * hits, actual + predicted, this.zeroDivision);
  }
}
