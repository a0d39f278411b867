import type { TypedArray } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { tensor } from '../tensor/create.ts';
import { mul } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { arrayFor, type Field } from './field.ts';
import type { ExampleSource } from './source.ts';

export { checkBatchSize } from './checks.ts';

/** The tensors of a batch, elements as the data set keeps them; the targets are missing where it has none. */
export interface Batch {
  readonly inputs: Tensor;
  readonly targets: Tensor | null;
  /** Weights of the examples [size] where they have some. */
  readonly weights: Tensor | null;
  /** Number of examples. */
  readonly size: number;
}

/** Makes batches. The arrays that examples are gathered in are used again for each. */
export class BatchReader {
  readonly source: ExampleSource;
  readonly batchSize: number;
  readonly #inputs: TypedArray;
  readonly #targets: TypedArray | null;
  readonly #weights: Float32Array | null;

  /** `most` examples are ever read at once, where that is not the number of examples. */
  constructor(source: ExampleSource, batchSize: number, most = source.length) {
    this.source = source;
    this.batchSize = Math.min(batchSize, most);
    this.#inputs = arrayFor(source.input, this.batchSize);
    this.#targets = source.target && arrayFor(source.target, this.batchSize);
    this.#weights = source.weighted ? new Float32Array(this.batchSize) : null;
  }

  /** The batch of the examples `order[begin]`, …, at most `batchSize` of them, as they are in an epoch. */
  read(order: Int32Array, begin: number, epoch = 0): Batch {
    const { source } = this;
    const [inputs, targets] = [this.#inputs, this.#targets];
    const size = Math.min(this.batchSize, order.length - begin);
    for (let row = 0; row < size; row++) {
      source.write(order[begin + row], row, inputs, targets, this.#weights, epoch);
    }
    source.finish?.(size, order[begin], inputs, targets, epoch);
    return batchOf(source, size, inputs, targets, this.#weights);
  }
}

const weightField: Field = { stored: 'float32', dtype: 'float32', shape: [], scale: 1 };

/** The tensors of a batch whose numbers lie in arrays: those of its first `size` rows. */
export function batchOf(
  source: ExampleSource,
  size: number,
  inputs: TypedArray,
  targets: TypedArray | null,
  weights: Float32Array | null,
): Batch {
  return {
    inputs: rows(source.input, inputs, size),
    targets: source.target && rows(source.target, targets!, size),
    weights: weights && rows(weightField, weights, size),
    size,
  };
}

function rows({ stored, shape }: Field, data: TypedArray, count: number): Tensor {
  const length = count * sizeOf(shape);
  return tensor(length === data.length ? data : data.subarray(0, length), {
    dtype: stored,
    shape: [count, ...shape],
  });
}

/** A batch's tensor as the data set means it: converted and scaled. Part of the graph, so it is fused with what follows. */
export function decode(field: Field, stored: Tensor): Tensor {
  const typed = field.dtype === field.stored ? stored : stored.to(field.dtype);
  return field.scale === 1 ? typed : mul(typed, field.scale);
}

export function disposeBatch({ inputs, targets, weights }: Batch): void {
  inputs.dispose();
  targets?.dispose();
  weights?.dispose();
}
