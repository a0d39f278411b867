import type { Tensor } from '../tensor/tensor.ts';

/** Something that is measured over many batches: `update` with each, then `compute`. */
export interface Metric<R> {
  /** What it is called in a history: `accuracy`. */
  readonly name: string;
  /**
   * Takes notice of a batch: what a network gave, what was to come out, and how much each example counts (a tensor [N]; default: all
   * alike).
   */
  update(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Promise<void>;
  /** What all batches since `reset` come to. Throws a DataError if there were none. */
  compute(): R;
  /** Forgets all batches. */
  reset(): void;
}
