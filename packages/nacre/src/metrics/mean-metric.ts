import { DataError } from '../base/errors.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Something that is measured over many batches: `update` with each, then `compute`. */
export interface Metric<R> {
  /** Takes notice of a batch: what a network gave, and what was to come out. */
  update(predictions: Tensor, targets: Tensor): Promise<void>;
  /** What all batches since `reset` come to. Throws a DataError if there were none. */
  compute(): R;
  /** Forgets all batches. */
  reset(): void;
}

/**
 * A metric that is the mean of one value, or one row of values, per example: `fit` works it out on the device.
 *
 * Formula: Σ values / n over all batches
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
  /** What it is called in a history: `accuracy`. */
  abstract readonly name: string;
  #sum = 0;
  #count = 0;

  /** The values of a batch, whose mean is the metric: a tensor of any shape. */
  abstract values(predictions: Tensor, targets: Tensor): Tensor;

  async update(predictions: Tensor, targets: Tensor): Promise<void> {
    const values = noGrad(() => this.values(predictions, targets));
    for (const value of await values.to('float64').data()) this.#sum += value;
    this.#count += values.size;
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
