import { ArgumentError } from '../base/errors.ts';
import { getRngState } from '../tensor/generator.ts';
import { checkSeed } from './data-loader.ts';
import { type Data, datasetOf, Subset } from './dataset.ts';
import { shuffledOrder } from './order.ts';

export interface SplitOptions {
  /** A fraction between 0 and 1, or a number of examples. Default 0.25, as in scikit-learn. */
  readonly testSize?: number;
  /** Decides which examples are for the test. Default: the seed of `manualSeed`. */
  readonly seed?: number;
}

/**
 * Splits a data set at random into examples to train with and examples to test with; a fraction is rounded up.
 *
 * @throws ArgumentError if one of the parts would be empty.
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
  const { testSize = 0.25, seed = getRngState().seed } = options;
  checkSeed(op, seed);
  const dataset = datasetOf(op, data);
  const { length } = dataset;
  const count = testSize < 1 ? Math.ceil(length * testSize) : testSize;
  if (!Number.isInteger(count) || count < 1 || count >= length) {
    throw new ArgumentError(`testSize ${testSize} leaves a part of ${length} examples empty`, {
      op,
      hint: 'Give a fraction between 0 and 1, or a number of examples from 1 to one less than there are',
    });
  }
  const order = shuffledOrder(length, seed, 0);
  return {
    train: new Subset(dataset, order.subarray(count)),
    test: new Subset(dataset, order.subarray(0, count)),
  };
}
