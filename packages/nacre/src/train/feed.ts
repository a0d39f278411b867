import { ArgumentError, DataError } from '../base/errors.ts';
import { BatchReader, checkBatchSize, disposeBatch } from '../data/batches.ts';
import { DataLoader } from '../data/data-loader.ts';
import { type Data, datasetOf } from '../data/dataset.ts';
import { IterableDataset } from '../data/iterable-dataset.ts';
import { orderAsIs, shuffledOrder } from '../data/order.ts';
import { batchCount } from '../data/samplers.ts';
import { type ExampleSource, exampleWeights, openExamples, weightedSource } from '../data/source.ts';
import { type StoredBatch, streamedBatches } from '../data/stream.ts';

/** Whatever `fit` and `evaluate` take for data: examples in any order, one after the other, or batches that a loader makes. */
export type BatchedData = Data | IterableDataset | DataLoader;

/** A batch, and whether it ends its epoch. */
export interface Fed extends StoredBatch {
  readonly isLast: boolean;
}

/** The batches of one epoch. */
export interface Walk {
  /** The next batch; null where there is none any more. Only what has to be waited for is a promise. */
  next(): Fed | null | Promise<Fed | null>;
  /** Ends a walk that may not be at its end. */
  close(): Promise<void>;
}

/** Where batches come from. */
export interface Feed {
  readonly batchSize: number;
  /** Batches of an epoch; Infinity where nobody knows before it ends. */
  readonly steps: number;
  /** Examples there are; 0 where nobody knows. */
  readonly examples: number;
  /** How examples are read where they can be asked for in any order; else each batch says it for itself. */
  readonly source: ExampleSource | null;
  /** The batches of an epoch, without the first `skipped`. Epochs of a training count from 1; 0 is for measuring. */
  open(epoch: number, skipped: number): Walk;
}

/** Examples in any order, read without waiting. */
export class IndexedFeed implements Feed {
  readonly steps: number;
  readonly examples: number;
  readonly #reader: BatchReader;

  /** `seed` decides the order of each epoch; null: they stay as they are. */
  constructor(
    readonly source: ExampleSource,
    readonly batchSize: number,
    private readonly seed: number | null = null,
  ) {
    this.examples = source.length;
    this.steps = batchCount(source.length, batchSize, false);
    this.#reader = new BatchReader(source, batchSize);
  }

  open(epoch: number, skipped: number): Walk {
    const { source, steps, batchSize, seed } = this;
    const order = seed === null ? orderAsIs(source.length) : shuffledOrder(source.length, seed, epoch);
    let step = skipped;
    return {
      next: () => {
        if (step >= steps) return null;
        const batch = this.#reader.read(order, step++ * batchSize, epoch);
        return { source, batch, isLast: step === steps };
      },
      close: async () => {},
    };
  }
}

/** Batches that somebody else makes one after the other. One is always read ahead, to know which is the last. */
class StreamFeed implements Feed {
  readonly source = null;

  constructor(
    readonly batchSize: number,
    readonly steps: number,
    readonly examples: number,
    private readonly make: (epoch: number) => AsyncGenerator<StoredBatch>,
  ) {}

  open(epoch: number, skipped: number): Walk {
    const batches = this.make(Math.max(0, epoch - 1)); // loaders and generators count from 0
    const read = async (): Promise<StoredBatch | null> => {
      const { done, value } = await batches.next();
      return done ? null : value;
    };
    let ahead: StoredBatch | null | undefined;
    const next = async (): Promise<Fed | null> => {
      if (ahead === undefined) {
        for (let i = 0; i < skipped; i++) {
          const stored = await read();
          if (stored) disposeBatch(stored.batch);
        }
        ahead = await read();
      }
      const stored = ahead;
      if (!stored) return null;
      ahead = await read();
      return { ...stored, isLast: ahead === null };
    };
    const close = async (): Promise<void> => {
      if (ahead) disposeBatch(ahead.batch);
      await batches.return(undefined);
    };
    return { next, close };
  }
}

/** What is asked of data that can be read in any order. */
export interface FeedOptions {
  readonly batchSize?: number;
  /** Decides the order of each epoch; null: it stays. Default: null. */
  readonly seed?: number | null;
  /** The batch size where none is given, for so many examples. */
  readonly defaultBatchSize: (examples: number) => number;
  /** Weights of the examples, in place of their own. */
  readonly sampleWeight?: ArrayLike<number>;
  /** Whether data without targets is refused. Default: yes. */
  readonly needsTargets?: boolean;
}

/** Opens data of any kind. Throws a DataError for an empty data set, and an ArgumentError for options that such data does not take. */
export function openFeed(op: string, data: BatchedData, options: FeedOptions): Feed {
  const { batchSize, defaultBatchSize, seed = null, sampleWeight, needsTargets = true } = options;
  if (batchSize !== undefined) checkBatchSize(op, batchSize);
  if (data instanceof DataLoader || data instanceof IterableDataset) {
    if (sampleWeight) {
      throw new ArgumentError('sampleWeight is for examples that can be asked for by their index', {
        op,
        hint: 'Let the data set give [input, target, weight] for each example',
      });
    }
  }
  if (data instanceof DataLoader) {
    if (batchSize !== undefined) {
      throw new ArgumentError('batchSize was given beside a DataLoader, which makes the batches', {
        op,
        hint: 'Give it to the DataLoader alone',
      });
    }
    const { knownLength = Number.POSITIVE_INFINITY, examples = 0 } = data;
    return new StreamFeed(data.batchSize, knownLength, examples, (epoch) => data.stored(epoch));
  }
  if (data instanceof IterableDataset) {
    const { length } = data;
    const size = batchSize ?? defaultBatchSize(length ?? Number.POSITIVE_INFINITY);
    const steps = length === undefined ? Number.POSITIVE_INFINITY : batchCount(length, size, false);
    return new StreamFeed(size, steps, length ?? 0, (epoch) =>
      streamedBatches(op, data.examples(epoch), size, needsTargets),
    );
  }
  const source = openSource(op, data, sampleWeight);
  if (needsTargets && !source.target) throw new DataError('the data set has no targets', { op });
  return new IndexedFeed(source, batchSize ?? defaultBatchSize(source.length), seed);
}

/** How the examples of data are read, with weights if some are given. */
export function openSource(op: string, data: Data, sampleWeight?: ArrayLike<number>): ExampleSource {
  const source = openExamples(op, datasetOf(op, data));
  return sampleWeight ? weightedSource(source, exampleWeights(op, sampleWeight, source.length)) : source;
}

/** All batches of a feed, to measure with. */
export async function* batchesOf(feed: Feed): AsyncGenerator<Fed> {
  const walk = feed.open(0, 0);
  try {
    for (;;) {
      const next = walk.next();
      const fed = next instanceof Promise ? await next : next;
      if (!fed) return;
      yield fed;
    }
  } finally {
    await walk.close();
  }
}

/** With nobody to wait for the numbers, large batches are quicker; larger ones than this are not. */
const mostExamples = 512;

/** A batch size that splits a data set as evenly as can be: mostly all batches are then equal, and one program serves them. */
export const evenBatchSize = (examples: number): number =>
  Number.isFinite(examples) ? Math.ceil(examples / Math.ceil(examples / mostExamples)) : mostExamples;
