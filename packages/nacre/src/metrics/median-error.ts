import { DataError } from '../base/errors.ts';
import { abs } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { meanOf } from './class-metric.ts';
import type { Metric } from './metric.ts';
import { differences, weightsOf } from './regression.ts';
import { joinNumbers } from './score-metric.ts';
import { checkWeights } from './weights.ts';

/**
 * The median of |prediction − target|, which a few wild errors do not move; of several outputs the mean of their medians. Agrees with
 * scikit-learn's `median_absolute_error`. Keeps all errors, so `fit` measures it on validation data only.
 *
 * Formula: median |prediction - target|
 *
 * Shapes: predictions and targets [N], or [N, D] for D outputs → a number
 *
 * @example
 * ```ts
 * import { MedianAbsoluteError, tensor } from 'nacre';
 * const error = new MedianAbsoluteError();
 * await error.update(tensor([1, 2, 3]), tensor([1, 4, 100]));
 * error.compute(); // → 2
 * ```
 */
export class MedianAbsoluteError implements Metric<number> {
  readonly name = 'medianAbsoluteError';
  #outputs = 1;
  #errors: Float64Array[] = [];
  #weights: Float64Array[] = [];
  #isWeighted = false;

  async update(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Promise<void> {
    const errors = noGrad(() => abs(differences(this.name, predictions, targets).to('float64')));
    await checkWeights(this.name, sampleWeight);
    const numbers = (await errors.data()) as Float64Array;
    const weights = (await weightsOf(this.name, sampleWeight, errors).data()) as Float64Array;
    const outputs = errors.ndim ? errors.size / errors.shape[0]! : 1;
    if (this.#errors.length && outputs !== this.#outputs) {
      throw new DataError(`there are ${outputs} outputs, before there were ${this.#outputs}`, {
        op: this.name,
      });
    }
    this.#outputs = outputs;
    this.#errors.push(numbers);
    this.#weights.push(weights);
    this.#isWeighted ||= sampleWeight !== undefined;
  }

  compute(): number {
    if (!this.#errors.length)
      throw new DataError('nothing was measured yet', { op: this.name, hint: 'Call update first' });
    const [errors, weights] = [joinNumbers(this.#errors), joinNumbers(this.#weights)];
    const outputs = this.#outputs;
    const column = (list: Float64Array, output: number): Float64Array =>
      Float64Array.from({ length: list.length / outputs }, (_, row) => list[row * outputs + output]);
    const medians = Array.from({ length: outputs }, (_, output) =>
      this.#isWeighted
        ? weightedMedian(column(errors, output), column(weights, output))
        : median(column(errors, output)),
    );
    return medians.some(Number.isNaN) ? Number.NaN : meanOf(medians);
  }

  reset(): void {
    this.#errors = [];
    this.#weights = [];
    this.#isWeighted = false;
  }
}

function median(values: Float64Array): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = values.toSorted();
  const { length } = sorted;
  return (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2;
}

/** The first value, in order, with which half of the weight is reached; values without weight do not count. */
function weightedMedian(values: Float64Array, weights: Float64Array): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const order = Uint32Array.from(values.keys())
    .filter((i) => weights[i] > 0)
    .sort((a, b) => values[a] - values[b]);
  let all = 0;
  for (const i of order) all += weights[i];
  let sum = 0;
  for (const i of order) if ((sum += weights[i]) >= all / 2) return values[i];
  return Number.NaN;
}
