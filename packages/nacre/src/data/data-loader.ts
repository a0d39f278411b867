import { ArgumentError, DataError } from '../base/errors.ts';
import { getRngState } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { BatchReader, checkBatchSize, decode } from './batches.ts';
import { type Data, datasetOf } from './dataset.ts';
import { orderAsIs, shuffledOrder } from './order.ts';
import { Pace } from './pace.ts';
import { openExamples } from './source.ts';

export interface DataLoaderOptions {
  /** Examples in a batch. Default 1, as in PyTorch. */
  readonly batchSize?: number;
  /** Whether each epoch has an order of its own. Default: no. */
  readonly shuffle?: boolean;
  /** Whether a last batch that is not full is left out. Default: no. */
  readonly dropLast?: boolean;
  /** Decides the orders. Default: the seed of `manualSeed` when the loader is made. */
  readonly seed?: number;
}

/**
 * Batches of a data set, for `for await (const [x, y] of loader)`: inputs [batch, …] and targets [batch, …]. Each walk through it is
 * the next epoch; what order that has depends on the seed and the number of the epoch alone.
 *
 * @throws DataError for a data set that is empty or has no targets, ArgumentError for a batch size that is not positive.
 *
 * Shapes: inputs [batch, ...], targets [batch, ...]
 *
 * @example
 * ```ts
 * import { ArrayDataset, DataLoader } from 'nacre';
 * const data = new ArrayDataset([[1, 2], [3, 4], [5, 6]], [0, 1, 0]);
 * const loader = new DataLoader(data, { batchSize: 2 });
 * const sizes: number[] = [];
 * for await (const [x] of loader) sizes.push(x.shape[0]);
 * sizes; // → [2, 1]
 * ```
 */
export class DataLoader implements AsyncIterable<[inputs: Tensor, targets: Tensor]> {
  /** The epoch that the next walk is, from 0. */
  epoch = 0;
  readonly batchSize: number;
  readonly #reader: BatchReader;
  readonly #shuffle: boolean;
  readonly #dropLast: boolean;
  readonly #seed: number;

  constructor(data: Data, options: DataLoaderOptions = {}) {
    const op = 'DataLoader';
    const { batchSize = 1, shuffle = false, dropLast = false, seed = getRngState().seed } = options;
    checkBatchSize(op, batchSize);
    checkSeed(op, seed);
    const source = openExamples(op, datasetOf(op, data));
    if (!source.target) throw new DataError('the data set has no targets', { op });
    this.batchSize = batchSize;
    this.#reader = new BatchReader(source, batchSize);
    this.#shuffle = shuffle;
    this.#dropLast = dropLast;
    this.#seed = seed;
  }

  /** Number of batches in an epoch. */
  get length(): number {
    return batchCount(this.#reader.source.length, this.batchSize, this.#dropLast);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<[inputs: Tensor, targets: Tensor]> {
    const epoch = this.epoch++;
    const { source } = this.#reader;
    const order = this.#shuffle ? shuffledOrder(source.length, this.#seed, epoch) : orderAsIs(source.length);
    const pace = new Pace();
    for (let batch = 0; batch < this.length; batch++) {
      const { inputs, targets } = this.#reader.read(order, batch * this.batchSize);
      yield [decode(source.input, inputs), decode(source.target!, targets!)];
      if (pace.isDue(performance.now())) await pace.turn();
    }
  }
}

/** Batches in an epoch. */
export const batchCount = (examples: number, batchSize: number, dropLast: boolean): number =>
  dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);

/** Throws an ArgumentError unless a number can be a seed. */
export function checkSeed(op: string, seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new ArgumentError(`a seed is an integer from 0 to 2^53 - 1, got ${seed}`, { op });
}
