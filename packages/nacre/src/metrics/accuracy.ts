import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { argmax, eq, gather, gt, lt, sum, unsqueeze } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { MeanMetric } from './mean-metric.ts';

export interface AccuracyOptions {
  /** Where targets have the shape of the predictions: predictions above it mean 1. Default 0, right for logits; give 0.5 for probabilities. */
  readonly threshold?: number;
}

/**
 * The fraction of examples that are classified rightly. Predictions [N, C, …] with labels [N, …] of integers: the class of the highest
 * score counts. Predictions of the targets' shape: two classes, told apart by `threshold`.
 *
 * Formula: Σ [prediction = target] / n
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], or both [...]
 *
 * @example
 * ```ts
 * import { Accuracy, tensor } from 'nacre';
 * const accuracy = new Accuracy();
 * await accuracy.update(tensor([[1, 2], [4, 3]]), tensor([1, 1], { dtype: 'int32' }));
 * accuracy.compute(); // → 0.5
 * ```
 */
export class Accuracy extends MeanMetric {
  override readonly name = 'accuracy';
  readonly takesLabels = true;
  readonly #threshold: number;

  constructor({ threshold = 0 }: AccuracyOptions = {}) {
    super();
    this.#threshold = threshold;
  }

  override values(predictions: Tensor, targets: Tensor): Tensor {
    if (sameShape(predictions.shape, targets.shape))
      return eq(gt(predictions, this.#threshold), gt(targets, 0.5));
    checkScores(this.name, predictions, targets);
    return eq(argmax(predictions, 1), targets);
  }
}

/**
 * The fraction of examples to whose class fewer than `k` others are preferred. Predictions [N, C, …], labels [N, …].
 *
 * Formula: Σ [fewer than k scores above that of the target] / n
 *
 * Shapes: predictions [N, C, ...], targets [N, ...]
 *
 * @example
 * ```ts
 * import { tensor, TopKAccuracy } from 'nacre';
 * const top2 = new TopKAccuracy(2);
 * await top2.update(tensor([[1, 2, 3], [3, 2, 1]]), tensor([1, 2], { dtype: 'int32' }));
 * top2.compute(); // → 0.5
 * ```
 */
export class TopKAccuracy extends MeanMetric {
  override readonly name: string;
  readonly takesLabels = true;
  readonly k: number;

  /** @param k default 5. Throws an ArgumentError unless it is a whole number from 1 on. */
  constructor(k = 5) {
    super();
    if (!Number.isInteger(k) || k < 1) {
      throw new ArgumentError(`k is a whole number from 1 on, got ${k}`, { op: 'TopKAccuracy' });
    }
    this.k = k;
    this.name = `top${k}Accuracy`;
  }

  override values(predictions: Tensor, targets: Tensor): Tensor {
    checkScores(this.name, predictions, targets);
    const own = gather(predictions, 1, unsqueeze(targets, 1));
    return lt(sum(gt(predictions, own), 1), this.k);
  }
}

/** Scores [N, C, …] belong to labels [N, …]. */
function checkScores(op: string, predictions: Tensor, targets: Tensor): void {
  const { shape } = predictions;
  const expected: Shape = [shape[0], ...shape.slice(2)];
  if (shape.length >= 2 && sameShape(expected, targets.shape)) return;
  throw new ShapeMismatchError(`predictions: ${showShape(shape)}, targets: ${showShape(targets.shape)}`, {
    op,
    shapes: [shape, targets.shape],
    hint: 'Predictions [N, C, …] go with labels [N, …]; two classes with targets of the same shape',
  });
}
