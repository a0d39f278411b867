import { ArgumentError, DataError, IndexError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { argmax } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Metric } from './mean-metric.ts';

/**
 * How often each class was taken for each: `matrix[actual][predicted]` counts examples.
 *
 * Formula: matrix[i][j] = Σ [target = i and prediction = j]
 *
 * Shapes: predictions [N, C, ...], targets [N, ...] → C lists of C numbers
 *
 * @example
 * ```ts
 * import { ConfusionMatrix, tensor } from 'nacre';
 * const matrix = new ConfusionMatrix(2);
 * await matrix.update(tensor([[1, 2], [4, 3]]), tensor([1, 1], { dtype: 'int32' }));
 * matrix.compute(); // → [[0, 0], [1, 1]]
 * ```
 */
export class ConfusionMatrix implements Metric<number[][]> {
  readonly classes: number;
  #counts: Int32Array;

  /** @param classes number of classes. Throws an ArgumentError unless it is a whole number from 1 on. */
  constructor(classes: number) {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ArgumentError(`the number of classes is a whole number from 1 on, got ${classes}`, {
        op: 'ConfusionMatrix',
      });
    }
    this.classes = classes;
    this.#counts = new Int32Array(classes * classes);
  }

  /**
   * Counts a batch: scores [N, C] or predicted labels [N], and labels [N].
   *
   * @throws ShapeMismatchError for shapes that do not belong together; IndexError for a label outside the classes. Nothing is
   * counted then.
   */
  async update(predictions: Tensor, targets: Tensor): Promise<void> {
    const predicted = predictions.ndim === 2 ? noGrad(() => argmax(predictions, 1)) : predictions;
    if (predicted.ndim !== 1 || !sameShape(predicted.shape, targets.shape)) {
      throw new ShapeMismatchError(
        `predictions: ${showShape(predictions.shape)}, targets: ${showShape(targets.shape)}`,
        {
          op: 'ConfusionMatrix',
          shapes: [predictions.shape, targets.shape],
          hint: 'Give scores [N, C] or labels [N], and labels [N]',
        },
      );
    }
    const columns = await predicted.data();
    const rows = await targets.data();
    for (let example = 0; example < rows.length; example++) {
      this.#check('label', rows[example], example);
      this.#check('prediction', columns[example], example);
    }
    for (let example = 0; example < rows.length; example++) {
      this.#counts[rows[example] * this.classes + columns[example]]++;
    }
  }

  #check(what: string, label: number, example: number): void {
    if (Number.isInteger(label) && label >= 0 && label < this.classes) return;
    throw new IndexError(`the ${what} of example ${example} is ${label}, outside 0 to ${this.classes - 1}`, {
      op: 'ConfusionMatrix',
      hint: `There are ${this.classes} classes; labels count from 0`,
    });
  }

  compute(): number[][] {
    const { classes } = this;
    if (this.#counts.every((count) => count === 0)) {
      throw new DataError('nothing was counted yet', { op: 'ConfusionMatrix', hint: 'Call update first' });
    }
    return Array.from({ length: classes }, (_, row) =>
      Array.from(this.#counts.subarray(row * classes, (row + 1) * classes)),
    );
  }

  reset(): void {
    this.#counts = new Int32Array(this.classes ** 2);
  }
}
