import type { Tensor } from '../tensor/tensor.ts';

/** Something that is measured over many batches: `update` with each, then `compute`. */
export interface Metric<R> {
  /** What it is called in a history: `accuracy`. */
  readonly name: string;
  /**
   * Whether targets are to be labels of classes. Where a loss takes shares of the classes instead (one-hot rows, or mixed by `mixup`), `fit`
   * and `evaluate` then give the class with the largest share. Default: targets come as they are.
   */
  readonly takesLabels?: boolean;
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
