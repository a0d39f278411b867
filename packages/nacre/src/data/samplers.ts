import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { getRngState } from '../tensor/generator.ts';
import { checkBatchSize, checkSeed } from './checks.ts';
import { groupByClass, type Labels } from './labels.ts';
import { orderAsIs, shuffled, shuffledOrder, uniforms } from './order.ts';

/** Chooses which examples an epoch sees, and in what order: the same for the same epoch. */
export interface Sampler {
  /** Number of examples in an epoch. */
  readonly length: number;
  /** The indices of an epoch's examples, from epoch 0 on. */
  order(epoch: number): Int32Array;
}

/** Something whose examples are counted. */
type Counted = number | { readonly length: number };

function countOf(op: string, data: Counted): number {
  const length = typeof data === 'number' ? data : data?.length;
  if (Number.isInteger(length) && length > 0) return length;
  throw new DataError(`a sampler needs examples, got ${length}`, {
    op,
    hint: 'Give their number, or the data set',
  });
}

/**
 * All examples in the order they have.
 *
 * @example
 * ```ts
 * import { SequentialSampler } from 'nacre';
 * new SequentialSampler(3).order(0); // → [0, 1, 2]
 * ```
 */
export class SequentialSampler implements Sampler {
  readonly length: number;

  constructor(data: Counted) {
    this.length = countOf('SequentialSampler', data);
  }

  order(_epoch: number): Int32Array {
    return orderAsIs(this.length);
  }
}

export interface RandomSamplerOptions {
  /** Whether an example may be drawn again. Default: no. */
  readonly replacement?: boolean;
  /** Examples in an epoch; without replacement at most as many as there are. Default: as many as there are. */
  readonly count?: number;
  /** Decides the orders. Default: the seed of `manualSeed` when the sampler is made. */
  readonly seed?: number;
}

/**
 * Examples in random order, another in each epoch.
 *
 * @throws ArgumentError for a `count` that cannot be drawn.
 *
 * @example
 * ```ts
 * import { RandomSampler } from 'nacre';
 * const sampler = new RandomSampler(5, { seed: 1 });
 * [...sampler.order(0)].sort(); // → [0, 1, 2, 3, 4]
 * ```
 */
export class RandomSampler implements Sampler {
  readonly length: number;
  readonly #examples: number;
  readonly #replacement: boolean;
  readonly #seed: number;

  constructor(data: Counted, options: RandomSamplerOptions = {}) {
    const op = 'RandomSampler';
    this.#examples = countOf(op, data);
    const {
      replacement = false,
      count = this.#examples,
      seed = getRngState().seed,
    } = optionsOf(op, options, ['replacement', 'count', 'seed']);
    checkCount(op, count, replacement, this.#examples);
    checkSeed(op, seed);
    this.length = count;
    this.#replacement = replacement;
    this.#seed = seed;
  }

  order(epoch: number): Int32Array {
    if (!this.#replacement) return shuffledOrder(this.#examples, this.#seed, epoch).subarray(0, this.length);
    const next = uniforms(this.#seed, epoch);
    return Int32Array.from({ length: this.length }, () => Math.floor(next() * this.#examples));
  }
}

function checkCount(op: string, count: number, replacement: boolean, most: number): void {
  if (Number.isInteger(count) && count > 0 && (replacement || count <= most)) return;
  throw new ArgumentError(`count is a whole number from 1 on, got ${count} of ${most} examples`, {
    op,
    hint: replacement ? undefined : 'More than there are can be drawn with { replacement: true }',
  });
}

/**
 * Examples drawn with a probability each: example i with weights[i] / Σ weights, drawn again or (with `replacement: false`) never
 * twice. For classes of different sizes `WeightedRandomSampler.balanced(labels)` gives each class the same share of an epoch.
 *
 * @throws DataError for weights that are negative, not finite or all zero; ArgumentError for a `count` that cannot be drawn.
 *
 * @example
 * ```ts
 * import { WeightedRandomSampler } from 'nacre';
 * const sampler = new WeightedRandomSampler([0, 1, 0], { count: 4, seed: 1 });
 * sampler.order(0); // → [1, 1, 1, 1]
 * ```
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number;
  readonly #weights: Float64Array;
  /** Sums of the weights up to each example. */
  readonly #sums: Float64Array;
  readonly #replacement: boolean;
  readonly #seed: number;

  constructor(weights: ArrayLike<number>, options: RandomSamplerOptions = {}) {
    const op = 'WeightedRandomSampler';
    const examples = countOf(op, weights);
    const {
      replacement = true,
      count = examples,
      seed = getRngState().seed,
    } = optionsOf(op, options, ['replacement', 'count', 'seed']);
    checkSeed(op, seed);
    this.#weights = Float64Array.from(weights);
    const wrong = this.#weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
    if (wrong >= 0) {
      throw new DataError(`the weight of example ${wrong} is ${this.#weights[wrong]}`, {
        op,
        hint: 'Weights are zero or more, and finite',
      });
    }
    let sum = 0;
    this.#sums = this.#weights.map((weight) => (sum += weight));
    if (sum === 0) throw new DataError('all weights are zero', { op });
    const drawable = this.#weights.reduce((most, weight) => most + Number(weight > 0), 0);
    checkCount(op, count, replacement, drawable);
    this.length = count;
    this.#replacement = replacement;
    this.#seed = seed;
  }

  /** Every class alike: an example's weight is one divided by the number of examples of its class. */
  static balanced(labels: Labels, options: RandomSamplerOptions = {}): WeightedRandomSampler {
    const weights = new Float64Array(labels.length);
    for (const group of groupByClass('WeightedRandomSampler', labels).values()) {
      for (const index of group) weights[index] = 1 / group.length;
    }
    return new WeightedRandomSampler(weights, options);
  }

  order(epoch: number): Int32Array {
    const next = uniforms(this.#seed, epoch);
    const total = this.#sums[this.#sums.length - 1];
    if (this.#replacement) return Int32Array.from({ length: this.length }, () => this.#at(next() * total));
    // The largest of u^(1 / weight) (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006), as logarithms.
    const keys = this.#weights.map((weight) => Math.log(next()) / weight);
    return orderAsIs(keys.length)
      .sort((a, b) => keys[b] - keys[a])
      .slice(0, this.length);
  }

  /** The first example whose sum is above `point`. */
  #at(point: number): number {
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle] > point) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * All examples in random order, the classes spread evenly: in every stretch of the order, and so in every batch, each class has its
 * share as nearly as whole examples allow.
 *
 * @example
 * ```ts
 * import { StratifiedSampler } from 'nacre';
 * const labels = [0, 0, 0, 0, 1, 1];
 * const order = new StratifiedSampler(labels, { seed: 1 }).order(0);
 * order.slice(0, 3).reduce((ones, index) => ones + labels[index], 0); // → 1
 * ```
 */
export class StratifiedSampler implements Sampler {
  readonly length: number;
  readonly #groups: readonly (readonly number[])[];
  readonly #seed: number;

  constructor(labels: Labels, options: { readonly seed?: number } = {}) {
    const op = 'StratifiedSampler';
    const { seed = getRngState().seed } = optionsOf(op, options, ['seed']);
    checkSeed(op, seed);
    this.length = countOf(op, labels);
    this.#groups = [...groupByClass(op, labels).values()];
    this.#seed = seed;
  }

  order(epoch: number): Int32Array {
    const next = uniforms(this.#seed, epoch);
    const order = new Int32Array(this.length);
    const places = new Float64Array(this.length);
    for (const group of this.#groups) {
      // One example of n falls into each n-th part of the epoch, somewhere in it.
      shuffled(group, this.#seed, epoch).forEach((index, rank) => {
        order[index] = index;
        places[index] = (rank + next()) / group.length;
      });
    }
    return order.sort((a, b) => places[a] - places[b]);
  }
}

/**
 * Some examples of a data set, in random order, another in each epoch: such as a part of a split.
 *
 * @example
 * ```ts
 * import { SubsetRandomSampler } from 'nacre';
 * const order = new SubsetRandomSampler([3, 5, 8], { seed: 1 }).order(0);
 * [...order].sort(); // → [3, 5, 8]
 * ```
 */
export class SubsetRandomSampler implements Sampler {
  readonly length: number;
  readonly #indices: Int32Array;
  readonly #seed: number;

  constructor(indices: ArrayLike<number>, options: { readonly seed?: number } = {}) {
    const op = 'SubsetRandomSampler';
    const { seed = getRngState().seed } = optionsOf(op, options, ['seed']);
    checkSeed(op, seed);
    this.length = countOf(op, indices);
    this.#indices = Int32Array.from(indices);
    this.#seed = seed;
  }

  order(epoch: number): Int32Array {
    return shuffled(this.#indices, this.#seed, epoch);
  }
}

/** Chooses the batches of an epoch. */
export interface BatchesSampler {
  /** Number of batches in an epoch. */
  readonly length: number;
  /** The indices of each batch of an epoch. */
  batches(epoch: number): Iterable<Int32Array>;
}

export interface BatchSamplerOptions {
  readonly batchSize: number;
  /** Whether a last batch that is not full is left out. Default: no. */
  readonly dropLast?: boolean;
}

/**
 * Batches of what another sampler chooses, in its order.
 *
 * @throws ArgumentError for a batch size that is not positive.
 *
 * @example
 * ```ts
 * import { BatchSampler, SequentialSampler } from 'nacre';
 * const batches = new BatchSampler(new SequentialSampler(5), { batchSize: 2 });
 * batches.length; // → 3
 * [...batches.batches(0)]; // → [[0, 1], [2, 3], [4]]
 * ```
 */
export class BatchSampler implements BatchesSampler {
  readonly sampler: Sampler;
  readonly batchSize: number;
  readonly dropLast: boolean;

  constructor(sampler: Sampler, options: BatchSamplerOptions) {
    const op = 'BatchSampler';
    const { batchSize, dropLast = false } = optionsOf(op, options, ['batchSize', 'dropLast']);
    checkBatchSize(op, batchSize);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    return batchCount(this.sampler.length, this.batchSize, this.dropLast);
  }

  *batches(epoch: number): Generator<Int32Array> {
    const order = this.sampler.order(epoch);
    for (let batch = 0; batch < this.length; batch++) {
      yield order.subarray(batch * this.batchSize, (batch + 1) * this.batchSize);
    }
  }
}

/** Batches in an epoch. */
export const batchCount = (examples: number, batchSize: number, dropLast: boolean): number =>
  dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
