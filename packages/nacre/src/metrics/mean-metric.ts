import { DataError } from '../base/errors.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Metric } from './metric.ts';
import { checkWeights, spreadWeights } from './weights.ts';

/**
 * A metric that is the mean of one value, or one row of values, per example: `fit` works it out on the device.
 *
 * Formula: Σ weight·values / Σ weight over all batches
 *
 * Shapes: `values` of a batch: any shape
 *
 * @example
 * ```ts
 * import { MeanMetric, tensor, Tensor } from 'nacre';
 * class Bias extends MeanMetric {
 *   readonly name = 'bias';
 *   values(predictions: Tensor, targets: Tensor) {
 *     return predictions.sub(targets);
 *   }
 * }
 * const bias = new Bias();
 * await bias.update(tensor([3, 5]), tensor([1, 1]));
 * bias.compute(); // → 3
 * ```
 */
export abstract class MeanMetric implements Metric<number> {
  abstract readonly name: string;
  #sum = 0;
  #count = 0;

  /** The values of a batch, whose mean is the metric: a tensor of any shape. */
  abstract values(predictions: Tensor, targets: Tensor): Tensor;

  async update(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Promise<void> {
    const values = noGrad(() => this.values(predictions, targets));
    await checkWeights(this.name, sampleWeight);
    const weights = sampleWeight && (await spreadWeights(this.name, sampleWeight, values).data());
    const numbers = await values.to('float64').data();
    let sum = 0;
    let count = 0;
    for (let i = 0; i < numbers.length; i++) {
      const weight = weights ? weights[i] : 1;
      sum += weight * numbers[i];
      count += weight;
    }
    this.#sum += sum;
    this.#count += count;
  }

  compute(): number {
    if (this.#count === 0)
      throw new DataError('nothing was measured yet', { op: this.name, hint: 'Call update first' });
    return this.#sum / this.#count;
  }

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
  }
}
