import { files } from '#files';
import { DataError, FormatError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { LabelledImages } from '../data/dataset.ts';
import {
  fetchPublic,
  gunzip,
  type PublicFile,
  readPlain,
  type SourceOptions,
  sourceOptionNames,
} from './download.ts';

const archive: PublicFile = {
  name: 'cifar-10-binary.tar.gz',
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  bytes: 170_052_171,
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
};
const trainNames = [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.bin`);
const testName = 'test_batch.bin';

export const cifar10Classes: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const [height, width, channels] = [32, 32, 3] as const;
const pixels = channels * height * width;
/** A label, then the planes of red, green and blue. */
const recordBytes = 1 + pixels;

/** Colour pictures of 32 x 32 pixels, as planes of red, green and blue. */
export interface Cifar10Part extends LabelledImages {
  readonly labels: Int32Array;
  readonly channels: 3;
}

export interface Cifar10 {
  readonly train: Cifar10Part;
  readonly test: Cifar10Part;
}

/** The pictures of binary batches, one after the other. */
function decodeBatches(op: string, batches: readonly { name: string; bytes: Uint8Array }[]): Cifar10Part {
  for (const { name, bytes } of batches) {
    if (bytes.length > 0 && bytes.length % recordBytes === 0) continue;
    throw new FormatError(
      `${name} has ${bytes.length} bytes, no whole number of pictures of ${recordBytes}`,
      {
        op,
        hint: 'Take the binary version of CIFAR-10, whole',
      },
    );
  }
  const count = batches.reduce((sum, { bytes }) => sum + bytes.length / recordBytes, 0);
  const images = new Uint8Array(count * pixels);
  const labels = new Int32Array(count);
  let index = 0;
  for (const { name, bytes } of batches) {
    for (let at = 0; at < bytes.length; at += recordBytes, index++) {
      if (bytes[at] >= cifar10Classes.length) {
        throw new FormatError(
          `${name}: the label of picture ${at / recordBytes} is ${bytes[at]}, not 0 to 9`,
          { op },
        );
      }
      labels[index] = bytes[at];
      images.set(bytes.subarray(at + 1, at + recordBytes), index * pixels);
    }
  }
  return { images, labels, count, height, width, channels, classes: cifar10Classes };
}

/** Those batches that a folder has; a part of the training batches is enough. */
async function readFolder(op: string, dir: string): Promise<Cifar10> {
  const names = new Set((await files.listDirectory(dir)).map((name) => name.replace(/\.gz$/, '')));
  const present = trainNames.filter((name) => names.has(name));
  if (present.length === 0 || !names.has(testName)) {
    throw new DataError(`${dir} lacks ${present.length === 0 ? trainNames[0] : testName}`, {
      op,
      hint: `Put the binary batches of CIFAR-10 there: ${trainNames[0]} … and ${testName}, as they are or with .gz`,
    });
  }
  const read = async (name: string) => ({ name: `${dir}/${name}`, bytes: await readPlain(op, dir, name) });
  return {
    train: decodeBatches(op, await Promise.all(present.map(read))),
    test: decodeBatches(op, [await read(testName)]),
  };
}

/** The files of a tar archive by the last part of their paths (POSIX ustar: blocks of 512 bytes, a header before each file). */
export function readTar(op: string, bytes: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const text = (begin: number, length: number): string =>
    new TextDecoder('latin1').decode(bytes.subarray(begin, begin + length)).replace(/\0[\s\S]*/, '');
  let at = 0;
  while (at + 512 <= bytes.length && bytes[at] !== 0) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const begin = at + 512;
    if (!(size >= 0) || begin + size > bytes.length) {
      throw new FormatError(`the archive is damaged at byte ${at}`, { op });
    }
    const kind = text(at + 156, 1);
    if (kind === '' || kind === '0') {
      found.set(text(at, 100).replace(/^.*\//, ''), bytes.subarray(begin, begin + size));
    }
    at = begin + Math.ceil(size / 512) * 512;
  }
  return found;
}

/**
 * CIFAR-10 (A. Krizhevsky, 2009), colour pictures of 32 x 32 pixels in ten classes: 50,000 for training and 10,000 for the test. From `dir`,
 * a folder with the binary batches, of which it may have a part; else from the cache folder, into which they are fetched once (170 MB).
 *
 * @throws DataError without the batches, and, where there is no network, with what to put where; FormatError for files that are none.
 *
 * Shapes: images of count·3·32·32 bytes: planes of red, green and blue
 *
 * @example
 * ```ts
 * import { cifar10 } from 'nacre/datasets';
 * await cifar10({ dir: 'no-such-folder' }); // → throws FileError
 * ```
 */
export async function cifar10(options: SourceOptions = {}): Promise<Cifar10> {
  const op = 'cifar10';
  const { dir } = optionsOf(op, options, sourceOptionNames);
  if (dir !== undefined) return readFolder(op, dir);
  const cache = files.cachePath('nacre', 'cifar10');
  const all = [...trainNames, testName];
  if (cache !== undefined && (await files.fileExists(cache))) {
    const names = new Set(await files.listDirectory(cache));
    if (all.every((name) => names.has(name))) return readFolder(op, cache);
  }
  const packed = await fetchPublic(op, archive, cache, options);
  const entries = readTar(op, await gunzip(op, archive.name, packed));
  const batches = all.map((name) => {
    const bytes = entries.get(name);
    if (bytes) return { name, bytes };
    throw new FormatError(`${archive.name} lacks ${name}`, { op });
  });
  if (cache !== undefined) {
    await files.makeDirectory(cache);
    for (const { name, bytes } of batches) await files.writeFileAtomic(`${cache}/${name}`, bytes);
  }
  return { train: decodeBatches(op, batches.slice(0, 5)), test: decodeBatches(op, batches.slice(5)) };
}
