import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { getRngState } from '../tensor/generator.ts';
import { checkSeed, checkWhole } from './checks.ts';
import { type Data, datasetOf, Subset } from './dataset.ts';
import { checkClassSizes, checkLabelCount, groupByClass, type Labels } from './labels.ts';
import { orderAsIs, shuffled, shuffledOrder } from './order.ts';

export interface RandomSplitOptions {
  /** Decides which examples go where. Default: the seed of `manualSeed`. */
  readonly seed?: number;
  /** The class of each example: every part then has each class in the same share. Default: none. */
  readonly stratify?: Labels;
}

export interface SplitOptions extends RandomSplitOptions {
  /** A fraction between 0 and 1, or a number of examples. Default 0.25, as in scikit-learn. */
  readonly testSize?: number;
}

/** The order in which examples are dealt to the parts of a split, one stretch each. */
function splitOrder(
  op: string,
  length: number,
  { seed = getRngState().seed, stratify }: RandomSplitOptions,
  sizes: readonly number[],
): Int32Array[] {
  checkSeed(op, seed);
  if (stratify) return stratifiedParts(op, length, stratify, seed, sizes);
  const order = shuffledOrder(length, seed, 0);
  let end = 0;
  return sizes.map((size) => order.subarray(end, (end += size)));
}

/** Deals each class out in the proportion of the parts; parts are mixed again at the end. */
function stratifiedParts(
  op: string,
  length: number,
  labels: Labels,
  seed: number,
  sizes: readonly number[],
): Int32Array[] {
  checkLabelCount(op, labels, length);
  const groups = groupByClass(op, labels);
  checkClassSizes(op, groups, sizes.length);
  const parts: number[][] = sizes.map(() => []);
  let group = 0;
  // Small classes first: they are the ones that one example more or less matters to, and later ones make up for them.
  for (const members of [...groups.values()].sort((a, b) => a.length - b.length)) {
    const order = shuffled(members, seed, group++);
    const rooms = sizes.map((size, part) => size - parts[part].length);
    const counts = shares(order.length, rooms);
    // Each part sees each class, if it has room at all.
    counts.forEach((count, part) => {
      if (count > 0 || rooms[part] === 0) return;
      const most = counts.indexOf(Math.max(...counts));
      counts[most]--;
      counts[part]++;
    });
    let end = 0;
    counts.forEach((count, part) => {
      for (const index of order.subarray(end, (end += count))) parts[part].push(index);
    });
  }
  return parts.map((part, place) => shuffled(part, seed, groups.size + place));
}

/** Whole numbers that add up to `total`, in proportion to `weights` as nearly as can be, none above its weight. */
function shares(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const counts = exact.map(Math.floor);
  const byRest = [...exact.keys()].sort((a, b) => exact[b] - counts[b] - (exact[a] - counts[a]));
  let left = total - counts.reduce((a, b) => a + b, 0);
  for (const part of byRest)
    if (left > 0 && counts[part] < weights[part]) [counts[part], left] = [counts[part] + 1, left - 1];
  return counts;
}

/**
 * Splits a data set at random into examples to train with and examples to test with; a fraction is rounded up.
 *
 * @throws ArgumentError if one of the parts would be empty; DataError if `stratify` has a class of one example.
 *
 * @example
 * ```ts
 * import { ArrayDataset, trainTestSplit } from 'nacre';
 * const data = new ArrayDataset([1, 2, 3, 4], [0, 0, 1, 1]);
 * const { train, test } = trainTestSplit(data);
 * [train.length, test.length]; // → [3, 1]
 * ```
 */
export function trainTestSplit(data: Data, options: SplitOptions = {}): { train: Subset; test: Subset } {
  const op = 'trainTestSplit';
  const { testSize = 0.25 } = optionsOf(op, options, ['testSize', 'seed', 'stratify']);
  const dataset = datasetOf(op, data);
  const { length } = dataset;
  const count = testSize < 1 ? Math.ceil(length * testSize) : testSize;
  if (!Number.isInteger(count) || count < 1 || count >= length) {
    throw new ArgumentError(`testSize ${testSize} leaves a part of ${length} examples empty`, {
      op,
      hint: 'Give a fraction between 0 and 1, or a number of examples from 1 to one less than there are',
    });
  }
  const [test, train] = splitOrder(op, length, options, [count, length - count]);
  return { train: new Subset(dataset, train), test: new Subset(dataset, test) };
}

/** The sizes of parts given as fractions that add up to 1, or as numbers of examples that add up to all. */
function partSizes(op: string, parts: readonly number[], length: number): number[] {
  const sum = parts.reduce((a, b) => a + b, 0);
  const isFractions = Math.abs(sum - 1) < 1e-6 && parts.every((part) => part > 0);
  const isCounts = sum === length && parts.every((part) => Number.isInteger(part) && part > 0);
  if (!(parts.length > 0) || (!isFractions && !isCounts)) {
    throw new ArgumentError(`[${parts.join(', ')}] does not split ${length} examples`, {
      op,
      hint: `Give fractions that add up to 1, such as [0.7, 0.2, 0.1], or numbers of examples that add up to ${length}`,
    });
  }
  if (isCounts) return [...parts];
  // Ten times 0.7 is 7.000000000000001 or 6.999999999999999: near enough to a whole number is that number.
  const exact = parts.map((part) => part * length);
  const sizes = exact.map((size) => Math.floor(size + 1e-6));
  for (let part = 0, left = length - sizes.reduce((a, b) => a + b, 0); left > 0; left--) {
    sizes[part++ % sizes.length]++;
  }
  if (sizes.every((size) => size > 0)) return sizes;
  throw new ArgumentError(`[${parts.join(', ')}] leaves a part of ${length} examples empty`, { op });
}

/**
 * Splits a data set at random into parts given as fractions that add up to 1, or as numbers of examples. What fractions leave over
 * goes to the first parts, one each, as in PyTorch.
 *
 * @throws ArgumentError for parts that do not add up or would be empty; DataError if `stratify` has a class smaller than the number of parts.
 *
 * @example
 * ```ts
 * import { ArrayDataset, randomSplit } from 'nacre';
 * const data = new ArrayDataset([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
 * const [train, validation, test] = randomSplit(data, [0.7, 0.2, 0.1], { seed: 1 });
 * [train.length, validation.length, test.length]; // → [7, 2, 1]
 * ```
 */
export function randomSplit(
  data: Data,
  parts: readonly number[],
  options: RandomSplitOptions = {},
): Subset[] {
  const op = 'randomSplit';
  optionsOf(op, options, ['seed', 'stratify']);
  const dataset = datasetOf(op, data);
  const sizes = partSizes(op, parts, dataset.length);
  return splitOrder(op, dataset.length, options, sizes).map((order) => new Subset(dataset, order));
}

export interface TrainValTestOptions extends RandomSplitOptions {
  /** Of training, validation and test: fractions or numbers of examples. Default [0.7, 0.2, 0.1]. */
  readonly parts?: readonly [train: number, validation: number, test: number];
}

/**
 * Splits a data set at random into examples to train with, to choose between models with, and to test the chosen one with: 7 : 2 : 1.
 *
 * @throws as randomSplit.
 *
 * @example
 * ```ts
 * import { ArrayDataset, trainValTestSplit } from 'nacre';
 * const data = new ArrayDataset(new Float32Array(100), new Uint8Array(100));
 * const { train, validation, test } = trainValTestSplit(data);
 * [train.length, validation.length, test.length]; // → [70, 20, 10]
 * ```
 */
export function trainValTestSplit(
  data: Data,
  options: TrainValTestOptions = {},
): { train: Subset; validation: Subset; test: Subset } {
  const op = 'trainValTestSplit';
  const { parts = [0.7, 0.2, 0.1], seed, stratify } = optionsOf(op, options, ['parts', 'seed', 'stratify']);
  const [train, validation, test] = randomSplit(data, parts, { seed, stratify });
  return { train, validation, test };
}

export interface KFoldOptions {
  /** Whether examples are dealt out at random; else the folds are stretches of the order they have. Default: no. */
  readonly shuffle?: boolean;
  /** Decides how they are shuffled. Default: the seed of `manualSeed`. */
  readonly seed?: number;
  /** The class of each example: every fold then has each class in the same share. Default: none. */
  readonly stratify?: Labels;
}

/** The indices of one round of cross-validation. */
export interface Fold {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * The rounds of k-fold cross-validation: each example is held out for validation in exactly one of them. Takes the number of examples,
 * or the data set; `new Subset(data, fold.train)` is the part to train with.
 *
 * @throws ArgumentError unless `k` is from 2 to the number of examples; DataError if `stratify` has a class of fewer than `k` examples.
 *
 * @example
 * ```ts
 * import { kFold } from 'nacre';
 * const folds = kFold(5, 2);
 * folds[0].validation; // → [0, 1, 2]
 * folds[0].train; // → [3, 4]
 * folds[1].validation; // → [3, 4]
 * ```
 */
export function kFold(
  data: number | { readonly length: number },
  k: number,
  options: KFoldOptions = {},
): Fold[] {
  const op = 'kFold';
  const {
    shuffle = false,
    seed = getRngState().seed,
    stratify,
  } = optionsOf(op, options, ['shuffle', 'seed', 'stratify']);
  const length = typeof data === 'number' ? data : data.length;
  checkWhole(op, 'the number of examples', length, 1);
  checkSeed(op, seed);
  if (!Number.isInteger(k) || k < 2 || k > length) {
    throw new ArgumentError(`k is a whole number from 2 to the ${length} examples there are, got ${k}`, {
      op,
    });
  }
  const foldOf = stratify ? stratifiedFolds(op, length, k, stratify, shuffle, seed) : new Int32Array(length);
  if (!stratify) {
    const order = shuffle ? shuffledOrder(length, seed, 0) : orderAsIs(length);
    // The first folds are one longer where the examples do not divide.
    const [small, larger] = [Math.floor(length / k), length % k];
    order.forEach((index, place) => {
      const inLarger = Math.floor(place / (small + 1));
      foldOf[index] = inLarger < larger ? inLarger : Math.floor((place - larger) / small);
    });
  }
  const all = orderAsIs(length);
  return Array.from({ length: k }, (_, fold) => ({
    train: all.filter((index) => foldOf[index] !== fold),
    validation: all.filter((index) => foldOf[index] === fold),
  }));
}

/** The fold of each example: each class is dealt out in turn, and goes on where the class before it stopped. */
function stratifiedFolds(
  op: string,
  length: number,
  k: number,
  labels: Labels,
  shuffle: boolean,
  seed: number,
): Int32Array {
  checkLabelCount(op, labels, length);
  const groups = groupByClass(op, labels);
  checkClassSizes(op, groups, k);
  const foldOf = new Int32Array(length);
  let dealt = 0;
  let group = 0;
  for (const members of groups.values()) {
    const order = shuffle ? shuffled(members, seed, group++) : members;
    for (const index of order) foldOf[index] = dealt++ % k;
  }
  return foldOf;
}
