import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { add, bincount, ge, logicalAnd, lt, mul, reshape, where } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ratio } from './class-metric.ts';
import { type ClassScores, countsOfMatrix, scoresOf } from './class-scores.ts';
import { checkLabelled, checkLabelOptions, type LabelOptions, labelled } from './labels.ts';
import { ClassificationReport } from './report.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';

export interface ConfusionMatrixOptions extends Omit<LabelOptions, 'classes' | 'multiLabel'> {
  /** What numbers are parts of: of the examples of a class ('true', rows), of those taken for it ('pred', columns), of 'all'. Default: counts. */
  readonly normalize?: 'true' | 'pred' | 'all' | null;
  /** What it is called. Default `confusionMatrix`. */
  readonly name?: string;
}

/**
 * How often each class was taken for each: `matrix[actual][predicted]` counts examples. `fit` and `evaluate` take it among their metrics;
 * it has no number of its own in a history, and holds what was measured last.
 *
 * Formula: matrix[i][j] = Σ [target = i and prediction = j]
 *
 * Shapes: predictions [N, C, ...] of scores or [N, ...] of labels, targets [N, ...] → C lists of C numbers
 *
 * @example
 * ```ts
 * import { ConfusionMatrix, tensor } from 'nacre';
 * const matrix = new ConfusionMatrix(2);
 * await matrix.update(tensor([[1, 2], [4, 3]]), tensor([1, 1], { dtype: 'int32' }));
 * matrix.compute(); // → [[0, 0], [1, 1]]
 * matrix.perClass()[1]; // → { precision: 1, recall: 0.5, f1: 0.667, support: 2 }
 * ```
 */
export class ConfusionMatrix extends SumMetric<number[][], 'counts'> {
  readonly name: string;
  readonly takesLabels = true;
  readonly classes: number;
  readonly #labels: LabelOptions;
  readonly #normalize: ConfusionMatrixOptions['normalize'];

  /** @param classes number of classes. Throws an ArgumentError unless it is a whole number from 1 on. */
  constructor(classes: number, options?: ConfusionMatrixOptions) {
    super();
    const op = 'ConfusionMatrix';
    const known = ['normalize', 'threshold', 'ignoreIndex', 'name'];
    const { normalize = null, name = 'confusionMatrix', ...labels } = optionsOf(op, options, known);
    if (normalize !== null && !['true', 'pred', 'all'].includes(normalize)) {
      throw new ArgumentError(`there is no way '${String(normalize)}' to normalize`, {
        op,
        hint: "Known are: 'true', 'pred', 'all'",
      });
    }
    this.name = name;
    this.classes = classes;
    this.#labels = { ...labels, classes };
    this.#normalize = normalize;
    checkLabelOptions(op, this.#labels);
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<'counts'> {
    const { classes } = this;
    const batch = labelled('ConfusionMatrix', this.#labels, predictions, targets, sampleWeight);
    const { predicted, actual, weight } = batch;
    const isClass = (labels: Tensor): Tensor => logicalAnd(ge(labels, 0), lt(labels, classes));
    // A label outside has no place at all, rather than that of another pair.
    const place = where(
      logicalAnd(isClass(actual), isClass(predicted)),
      add(mul(actual, classes), predicted),
      -1,
    ).to('int32');
    return {
      counts: reshape(bincount(place, { length: classes ** 2, weights: weight }), [classes, classes]),
    };
  }

  protected override check(predictions: Tensor, targets: Tensor): Promise<void> {
    return checkLabelled('ConfusionMatrix', this.#labels, predictions, targets);
  }

  override result({ counts }: Totals<'counts'>): number[][] {
    const matrix = this.#rows(counts);
    const parts = countsOfMatrix(matrix);
    return matrix.map((row, actual) =>
      row.map((count, predicted) => {
        switch (this.#normalize) {
          case 'true':
            return ratio(count, parts[actual].actual, 0);
          case 'pred':
            return ratio(count, parts[predicted].predicted, 0);
          case 'all':
            return ratio(count, parts[actual].total, 0);
          default:
            return count;
        }
      }),
    );
  }

  /**
   * Precision, recall, F1 and support of each class, from the counts.
   *
   * @param zeroDivision the value of what cannot be divided. Default 0.
   */
  perClass({ zeroDivision = 0 }: { readonly zeroDivision?: number } = {}): ClassScores[] {
    return countsOfMatrix(this.#rows(this.totals().counts)).map((counts) => scoresOf(counts, zeroDivision));
  }

  /**
   * Scores of every class and their means, as numbers and as a table.
   *
   * @param classes names of the classes. Default: their numbers.
   */
  report(
    classes?: readonly string[],
    { zeroDivision = 0 }: { readonly zeroDivision?: number } = {},
  ): ClassificationReport {
    if (classes && classes.length !== this.classes) {
      throw new ArgumentError(`there are ${classes.length} names for ${this.classes} classes`, {
        op: 'report',
      });
    }
    const names = classes ?? Array.from({ length: this.classes }, (_, label) => String(label));
    return new ClassificationReport(this.#rows(this.totals().counts), names, zeroDivision);
  }

  #rows(counts: Float64Array): number[][] {
    const { classes } = this;
    return Array.from({ length: classes }, (_, row) =>
      Array.from(counts.subarray(row * classes, (row + 1) * classes)),
    );
  }
}
