import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { abs, square, sub } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { MeanMetric } from './mean-metric.ts';

/** What was predicted less what was to come out. Shapes must be equal: broadcasting would compare each with each. */
function differences(op: string, predictions: Tensor, targets: Tensor): Tensor {
  if (!sameShape(predictions.shape, targets.shape)) {
    throw new ShapeMismatchError(
      `predictions: ${showShape(predictions.shape)}, targets: ${showShape(targets.shape)}`,
      {
        op,
        shapes: [predictions.shape, targets.shape],
        hint: 'Reshape one of them',
      },
    );
  }
  return sub(predictions, targets);
}

/**
 * Mean of (prediction − target)² over all elements.
 *
 * Formula: Σ (prediction - target)² / n
 *
 * Shapes: predictions and targets [...]
 *
 * @example
 * ```ts
 * import { MeanSquaredError, tensor } from 'nacre';
 * const error = new MeanSquaredError();
 * await error.update(tensor([1, 2]), tensor([1, 4]));
 * error.compute(); // → 2
 * ```
 */
export class MeanSquaredError extends MeanMetric {
  override readonly name = 'meanSquaredError';

  override values(predictions: Tensor, targets: Tensor): Tensor {
    return square(differences(this.name, predictions, targets));
  }
}

/**
 * Mean of |prediction − target| over all elements.
 *
 * Formula: Σ |prediction - target| / n
 *
 * Shapes: predictions and targets [...]
 *
 * @example
 * ```ts
 * import { MeanAbsoluteError, tensor } from 'nacre';
 * const error = new MeanAbsoluteError();
 * await error.update(tensor([1, 2]), tensor([1, 4]));
 * error.compute(); // → 1
 * ```
 */
export class MeanAbsoluteError extends MeanMetric {
  override readonly name = 'meanAbsoluteError';

  override values(predictions: Tensor, targets: Tensor): Tensor {
    return abs(differences(this.name, predictions, targets));
  }
}
