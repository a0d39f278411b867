import { ArgumentError, DataError, IndexError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { getRngState } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Batch, BatchReader, decode, disposeBatch } from './batches.ts';
import { checkBatchSize, checkSeed, checkWhole } from './checks.ts';
import { type AsyncDataset, type Data, type Dataset, datasetOf } from './dataset.ts';
import { type Gatherer, PromiseGatherer, WorkerGatherer } from './gather.ts';
import { IterableDataset } from './iterable-dataset.ts';
import { ModuleDataset } from './module-dataset.ts';
import { Pace } from './pace.ts';
import { Assembler, prefetched } from './prefetch.ts';
import {
  type BatchesSampler,
  BatchSampler,
  batchCount,
  RandomSampler,
  type Sampler,
  SequentialSampler,
} from './samplers.ts';
import { type ExampleSource, isDirect, openExamples } from './source.ts';
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
  /**
   * Threads that make batches, each from a data set of its own: for what `moduleDataset` gives. Default 0: examples are made here.
   */
  readonly workers?: number;
  /** Batches in the making while one is worked on: of threads, and of examples that come as promises. Default 2, or 2 for each thread. */
  readonly prefetch?: number;
}

/** Inputs [batch, …], targets [batch, …], and the weights [batch] of examples that have some. */
export type LoadedBatch = [inputs: Tensor, targets: Tensor, weights?: Tensor];

const optionNames = [
  'batchSize',
  'shuffle',
  'dropLast',
  'seed',
  'sampler',
  'batchSampler',
  'workers',
  'prefetch',
] as const;

/**
 * Batches of a data set, for `for await (const [x, y] of loader)`: inputs [batch, …] and targets [batch, …]. Each walk through it is
 * the next epoch; what order that has depends on the seed, or the sampler, and the number of the epoch alone.
 *
 * Examples that come as promises (AsyncDataset) are made ahead, several at once; with `workers`, in threads, which are kept from epoch to epoch
 * and end with a walk that ends early, or `close`. Batches come in the same order, with the same numbers, however many make them.
 *
 * @throws DataError for a data set that is empty or has no targets, ArgumentError for a batch size that is not positive or options that
 * contradict each other, IndexError for a sampler that chooses an example that is not there. What goes wrong with an example that is made ahead
 * is a DataError with its index, and the error itself for its cause.
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
  readonly #plan: IndexedPlan | GatheredPlan | StreamPlan;

  constructor(data: LoadableData, options: DataLoaderOptions = {}) {
    const op = 'DataLoader';
    const {
      batchSize = 1,
      shuffle = false,
      dropLast = false,
      seed = getRngState().seed,
      sampler,
      batchSampler,
      workers = 0,
      prefetch,
    } = optionsOf(op, options, optionNames);
    checkBatchSize(op, batchSize);
    checkSeed(op, seed);
    checkWhole(op, 'workers', workers, 0);
    if (prefetch !== undefined) checkWhole(op, 'prefetch', prefetch, 1);
    checkAgree(op, options, data instanceof IterableDataset);
    this.batchSize = batchSize;
    if (data instanceof IterableDataset) {
      this.#plan = { stream: data, batchSize, dropLast };
      return;
    }
    const dataset = data instanceof ModuleDataset ? data.dataset : datasetOf(op, data as Data);
    const chooseFrom = ({ length }: { length: number }): BatchesSampler => {
      if (batchSampler) return batchSampler;
      const inOrder = shuffle ? new RandomSampler(length, { seed }) : new SequentialSampler(length);
      return new BatchSampler(sampler ?? inOrder, { batchSize, dropLast });
    };
    const gatherer = gathererOf(op, data, dataset, workers);
    if (gatherer) {
      const { length } = dataset;
      if (!(length > 0)) throw new DataError('there are no examples', { op });
      const assembler = new Assembler(op, length, isDirect(dataset) ? dataset.source : null);
      const ahead = prefetch ?? 2 * Math.max(1, workers);
      this.#plan = { length, batches: chooseFrom(dataset), gatherer, assembler, ahead };
      return;
    }
    if (prefetch !== undefined) {
      throw new ArgumentError('the examples are at hand: there is nothing to make ahead', {
        op,
        hint: 'Leave prefetch out, or give { workers } and a moduleDataset',
      });
    }
    const source = openExamples(op, dataset as Dataset);
    if (!source.target) throw new DataError('the data set has no targets', { op });
    this.#plan = { source, batches: chooseFrom(source) };
  }

  /** Number of batches in an epoch. Throws an ArgumentError for an IterableDataset that does not know its own length. */
  get length(): number {
    const { knownLength } = this;
    if (knownLength !== undefined) return knownLength;
    throw new ArgumentError('how many examples the data set has is not known', {
      op: 'DataLoader.length',
      hint: 'Give new IterableDataset(make, { length })',
    });
  }

  /** Internal: the same, if it is known. */
  get knownLength(): number | undefined {
    if (!('stream' in this.#plan)) return this.#plan.batches.length;
    const { stream, batchSize, dropLast } = this.#plan;
    return stream.length === undefined ? undefined : batchCount(stream.length, batchSize, dropLast);
  }

  /** Internal: how many examples there are, if it is known; a sampler may choose fewer or more of them. */
  get examples(): number | undefined {
    if ('stream' in this.#plan) return this.#plan.stream.length;
    return 'source' in this.#plan ? this.#plan.source.length : this.#plan.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LoadedBatch> {
    for await (const { source, batch } of this.stored(this.epoch++)) yield decoded(source, batch);
  }

  /** Internal: the batches of an epoch with their elements as the data set keeps them, and how they are read. */
  stored(epoch: number): AsyncGenerator<StoredBatch> {
    if ('stream' in this.#plan) return streamBatches(this.#plan, epoch);
    return 'source' in this.#plan ? indexedBatches(this.#plan, epoch) : gatheredBatches(this.#plan, epoch);
  }

  /** Ends the threads of `workers`; the next walk starts others. */
  close(): void {
    if ('gatherer' in this.#plan) this.#plan.gatherer.close();
  }
}

/** Whatever a DataLoader takes for data. */
export type LoadableData = Data | AsyncDataset | ModuleDataset | IterableDataset;

/** Who makes the examples ahead, where they are not at hand. */
function gathererOf(
  op: string,
  data: LoadableData,
  dataset: Dataset | AsyncDataset,
  workers: number,
): Gatherer | null {
  if (workers > 0) {
    if (data instanceof ModuleDataset) {
      return new WorkerGatherer(data.module, workers, isDirect(dataset) ? dataset.source : null);
    }
    throw new ArgumentError('a thread cannot be given a data set, only the module that makes one', {
      op,
      hint: "Give await moduleDataset(new URL('./data.js', import.meta.url)), or leave workers out",
    });
  }
  if (isDirect(dataset) || !(dataset.length > 0)) return null;
  const first = dataset.get(0, 0);
  if (!(first instanceof Promise)) return null;
  first.catch(() => {}); // it is asked for again when its batch comes, and fails there
  return new PromiseGatherer(dataset as AsyncDataset);
}

/** Examples that are asked for by their index. */
interface IndexedPlan {
  readonly source: ExampleSource;
  readonly batches: BatchesSampler;
}

/** Examples that are made ahead. */
interface GatheredPlan {
  readonly length: number;
  readonly batches: BatchesSampler;
  readonly gatherer: Gatherer;
  readonly assembler: Assembler;
  readonly ahead: number;
}

interface StreamPlan {
  readonly stream: IterableDataset;
  readonly batchSize: number;
  readonly dropLast: boolean;
}

/** Throws an ArgumentError for options of which one would go unheard. */
function checkAgree(op: string, options: DataLoaderOptions, isStream: boolean): void {
  const { shuffle, sampler, batchSampler, batchSize, dropLast, workers, prefetch } = options;
  const refuse = (message: string, hint: string) => {
    throw new ArgumentError(message, { op, hint });
  };
  if (isStream && (workers || prefetch)) {
    refuse(
      'an IterableDataset makes its next batch while one is worked on, here',
      'Leave workers and prefetch out',
    );
  }
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

/** The batches that a sampler chooses. Throws an IndexError for an example that is not there. */
function* checkedBatches(batches: BatchesSampler, epoch: number, length: number): Generator<Int32Array> {
  for (const indices of batches.batches(epoch)) {
    const wrong = indices.find((index) => index < 0 || index >= length);
    if (wrong !== undefined) {
      throw new IndexError(`the sampler chose example ${wrong}; there are ${length}`, {
        op: 'DataLoader',
        hint: 'Make the sampler for this data set',
      });
    }
    yield indices;
  }
}

const gatheredBatches = (
  { length, batches, gatherer, assembler, ahead }: GatheredPlan,
  epoch: number,
): AsyncGenerator<StoredBatch> =>
  prefetched(checkedBatches(batches, epoch, length), epoch, gatherer, assembler, ahead);

async function* indexedBatches({ source, batches }: IndexedPlan, epoch: number): AsyncGenerator<StoredBatch> {
  const pace = new Pace();
  let reader: BatchReader | undefined;
  for (const indices of checkedBatches(batches, epoch, source.length)) {
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
