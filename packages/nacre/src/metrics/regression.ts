import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { ones } from '../tensor/create.ts';
import { abs, div, maximum, mul, square, sub, sum } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { MeanMetric } from './mean-metric.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';
import { spreadWeights } from './weights.ts';

/** What was predicted less what was to come out. Shapes must be equal: broadcasting would compare each with each. */
export function differences(op: string, predictions: Tensor, targets: Tensor): Tensor {
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

/** What each element counts, in float64. */
export const weightsOf = (op: string, sampleWeight: Tensor | undefined, values: Tensor): Tensor =>
  sampleWeight ? spreadWeights(op, sampleWeight, values) : ones(values.shape, { dtype: 'float64' });

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

/**
 * The root of the mean of (prediction − target)² over all elements, in the unit of the targets.
 *
 * Formula: √(Σ weight·(prediction - target)² / Σ weight)
 *
 * Shapes: predictions and targets [...]
 *
 * @example
 * ```ts
 * import { RootMeanSquaredError, tensor } from 'nacre';
 * const error = new RootMeanSquaredError();
 * await error.update(tensor([1, 2]), tensor([1, 4]));
 * error.compute(); // → 1.414
 * ```
 */
export class RootMeanSquaredError extends SumMetric<number, 'error' | 'weight'> {
  readonly name = 'rootMeanSquaredError';

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<'error' | 'weight'> {
    const errors = square(differences(this.name, predictions, targets).to('float64'));
    const weight = weightsOf(this.name, sampleWeight, errors);
    return { error: sum(mul(weight, errors)), weight: sum(weight) };
  }

  override result({ error, weight }: Totals<'error' | 'weight'>): number {
    return Math.sqrt(error[0] / weight[0]);
  }
}

/** Keeps what is divided by from being 0, as scikit-learn does. */
const smallest = 2 ** -52;

/**
 * Mean of |prediction − target| / |target| over all elements, as a part of 1: 0.1 for ten per cent. A target of 0 makes it very large.
 * Agrees with scikit-learn's `mean_absolute_percentage_error`.
 *
 * Formula: Σ |prediction - target| / max(|target|, 2⁻⁵²) / n
 *
 * Shapes: predictions and targets [...]
 *
 * @example
 * ```ts
 * import { MeanAbsolutePercentageError, tensor } from 'nacre';
 * const error = new MeanAbsolutePercentageError();
 * await error.update(tensor([9, 22]), tensor([10, 20]));
 * error.compute(); // → 0.1
 * ```
 */
export class MeanAbsolutePercentageError extends MeanMetric {
  override readonly name = 'meanAbsolutePercentageError';

  override values(predictions: Tensor, targets: Tensor): Tensor {
    const errors = abs(differences(this.name, predictions, targets).to('float64'));
    return div(errors, maximum(abs(targets.to('float64')), smallest));
  }
}
