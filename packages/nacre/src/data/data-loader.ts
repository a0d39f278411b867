import { ArgumentError, DataError, IndexError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { getRngState } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Batch, BatchReader, decode, disposeBatch } from './batches.ts';
import { checkBatchSize, checkSeed } from './checks.ts';
import { type Data, datasetOf } from './dataset.ts';
import { IterableDataset } from './iterable-dataset.ts';
import { Pace } from './pace.ts';
import {
  type BatchesSampler,
  BatchSampler,
  batchCount,
  RandomSampler,
  type Sampler,
  SequentialSampler,
} from './samplers.ts';
import { type ExampleSource, openExamples } from './source.ts';
import { type StoredBatch, streamedBatches } from './stream.ts';

export { checkSeed } from './checks.ts';
export { batchCount } from './samplers.ts';

export interface DataLoaderOptions {
  /** Examples in a batch. Default 1, as in PyTorch. */
  readonly batchSize?: number;
  /** Whether each epoch has an order of its own. Default: no. */
  readonly shuffle?: boolean;
  /** Whether a last batch that is not full is left out. Default: no. */
  readonly dropLast?: boolean;
  /** Decides the orders. Default: the seed of `manualSeed` when the loader is made. */
  readonly seed?: number;
  /** Chooses the examples of each epoch, in place of `shuffle`. Default: none. */
  readonly sampler?: Sampler;
  /** Chooses whole batches, in place of `batchSize`, `shuffle`, `dropLast` and `sampler`. Default: none. */
  readonly batchSampler?: BatchesSampler;
}

/** Inputs [batch, …], targets [batch, …], and the weights [batch] of examples that have some. */
export type LoadedBatch = [inputs: Tensor, targets: Tensor, weights?: Tensor];

const optionNames = ['batchSize', 'shuffle', 'dropLast', 'seed', 'sampler', 'batchSampler'] as const;

/**
 * Batches of a data set, for `for await (const [x, y] of loader)`: inputs [batch, …] and targets [batch, …]. Each walk through it is
 * the next epoch; what order that has depends on the seed, or the sampler, and the number of the epoch alone.
 *
 * @throws DataError for a data set that is empty or has no targets, ArgumentError for a batch size that is not positive or options that
 * contradict each other, IndexError for a sampler that chooses an example that is not there.
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
export class DataLoader implements AsyncIterable<LoadedBatch> {
  /** The epoch that the next walk is, from 0. */
  epoch = 0;
  readonly batchSize: number;
  readonly #plan: IndexedPlan | StreamPlan;

  constructor(data: Data | IterableDataset, options: DataLoaderOptions = {}) {
    const op = 'DataLoader';
    const {
      batchSize = 1,
      shuffle = false,
      dropLast = false,
      seed = getRngState().seed,
      sampler,
      batchSampler,
    } = optionsOf(op, options, optionNames);
    checkBatchSize(op, batchSize);
    checkSeed(op, seed);
    checkAgree(op, options, data instanceof IterableDataset);
    this.batchSize = batchSize;
    if (data instanceof IterableDataset) {
      this.#plan = { stream: data, batchSize, dropLast };
      return;
    }
    const source = openExamples(op, datasetOf(op, data));
    if (!source.target) throw new DataError('the data set has no targets', { op });
    const { length } = source;
    const chosen = sampler ?? (shuffle ? new RandomSampler(length, { seed }) : new SequentialSampler(length));
    this.#plan = { source, batches: batchSampler ?? new BatchSampler(chosen, { batchSize, dropLast }) };
  }

  /** Number of batches in an epoch. Throws an ArgumentError for an IterableDataset that does not know its own length. */
  get length(): number {
    if ('batches' in this.#plan) return this.#plan.batches.length;
    const { stream, batchSize, dropLast } = this.#plan;
    if (stream.length !== undefined) return batchCount(stream.length, batchSize, dropLast);
    throw new ArgumentError('how many examples the data set has is not known', {
      op: 'DataLoader.length',
      hint: 'Give new IterableDataset(make, { length })',
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LoadedBatch> {
    for await (const { source, batch } of this.stored(this.epoch++)) yield decoded(source, batch);
  }

  /** Internal: the batches of an epoch with their elements as the data set keeps them, and how they are read. */
  stored(epoch: number): AsyncGenerator<StoredBatch> {
    return 'batches' in this.#plan ? indexedBatches(this.#plan, epoch) : streamBatches(this.#plan, epoch);
  }
}

/** Examples that are asked for by their index. */
interface IndexedPlan {
  readonly source: ExampleSource;
  readonly batches: BatchesSampler;
}

interface StreamPlan {
  readonly stream: IterableDataset;
  readonly batchSize: number;
  readonly dropLast: boolean;
}

/** Throws an ArgumentError for options of which one would go unheard. */
function checkAgree(op: string, options: DataLoaderOptions, isStream: boolean): void {
  const { shuffle, sampler, batchSampler, batchSize, dropLast } = options;
  const refuse = (message: string, hint: string) => {
    throw new ArgumentError(message, { op, hint });
  };
  if (isStream && (sampler || batchSampler)) {
    refuse('an IterableDataset has no indices for a sampler to choose', 'Choose in its generator');
  }
  if (isStream && shuffle) {
    refuse(
      'an IterableDataset is shuffled where it is made',
      'Give new IterableDataset(make, { shuffleBuffer: 10_000 })',
    );
  }
  if (batchSampler && (sampler || shuffle || dropLast || batchSize !== undefined)) {
    refuse(
      'a batchSampler was given beside batchSize, shuffle, dropLast or sampler',
      'Give the batchSampler alone',
    );
  }
  if (sampler && shuffle) refuse('shuffle and a sampler were both given', 'A RandomSampler shuffles');
}

async function* indexedBatches({ source, batches }: IndexedPlan, epoch: number): AsyncGenerator<StoredBatch> {
  const pace = new Pace();
  let reader: BatchReader | undefined;
  for (const indices of batches.batches(epoch)) {
    for (const index of indices) {
      if (index < 0 || index >= source.length) {
        throw new IndexError(`the sampler chose example ${index}; there are ${source.length}`, {
          op: 'DataLoader',
          hint: 'Make the sampler for this data set',
        });
      }
    }
    if (!reader || reader.batchSize < indices.length) {
      reader = new BatchReader(source, indices.length, indices.length);
    }
    yield { source, batch: reader.read(indices, 0, epoch) };
    if (pace.isDue(performance.now())) await pace.turn();
  }
}

async function* streamBatches(
  { stream, batchSize, dropLast }: StreamPlan,
  epoch: number,
): AsyncGenerator<StoredBatch> {
  const pace = new Pace();
  for await (const stored of streamedBatches('DataLoader', stream.examples(epoch), batchSize)) {
    if (dropLast && stored.batch.size < batchSize) disposeBatch(stored.batch);
    else yield stored;
    if (pace.isDue(performance.now())) await pace.turn();
  }
}

function decoded(source: ExampleSource, { inputs, targets, weights }: Batch): LoadedBatch {
  const [x, y] = [decode(source.input, inputs), decode(source.target!, targets!)];
  return weights ? [x, y, weights] : [x, y];
}
