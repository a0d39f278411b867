import { files } from '#files';
import { DataError, FormatError, showShape } from '../base/errors.ts';
import type { ArrayRecord } from '../io/arrays.ts';
import { decodeIdx } from './idx.ts';

/** Grey pictures of one size with a class each. */
export interface ImageSet {
  /** Pixels from 0 (background) to 255 (ink), row by row, picture after picture: `count * height * width` of them. */
  readonly images: Uint8Array;
  /** The class of each picture, an index into `classes`. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly height: 28;
  readonly width: 28;
  readonly classes: readonly string[];
}

export interface TrainTest {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** What a long step has done so far, in its own unit: bytes of a download, files of a package. */
export interface MnistProgress {
  readonly stage: 'download' | 'parse';
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

export const imageSize = 28;
export const digitNames: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** The four files of MNIST, each under the name it was published with. */
export const mnistFileNames = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;
export type MnistPart = keyof typeof mnistFileNames;
export const mnistParts = Object.keys(mnistFileNames) as MnistPart[];

/** Pairs pictures with labels after checking that they are MNIST's. `where` is named in errors. */
export function pairImages(images: ArrayRecord, labels: ArrayRecord, where: string): ImageSet {
  const [count, height, width] = images.shape;
  if (images.dtype !== 'uint8' || images.shape.length !== 3 || height !== imageSize || width !== imageSize) {
    throw new DataError(
      `${where}: images are ${images.dtype} ${showShape(images.shape)}, not uint8 [count, 28, 28]`,
      {
        op: 'mnist',
        hint: 'Are the image and label files interchanged?',
      },
    );
  }
  if (labels.dtype !== 'uint8' || labels.shape.length !== 1) {
    throw new DataError(
      `${where}: labels are ${labels.dtype} ${showShape(labels.shape)}, not uint8 [count]`,
      {
        op: 'mnist',
        hint: 'Are the image and label files interchanged?',
      },
    );
  }
  if (labels.shape[0] !== count) {
    throw new DataError(`${where}: ${count} images but ${labels.shape[0]} labels`, {
      op: 'mnist',
      hint: 'Take both files from the same place',
    });
  }
  if (count === 0) throw new DataError(`${where}: no images`, { op: 'mnist' });
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong !== -1) {
    throw new DataError(`${where}: label ${wrong} is ${labels.data[wrong]}; digits are 0 to 9`, {
      op: 'mnist',
    });
  }
  return {
    images: images.data as Uint8Array,
    labels: Int32Array.from(labels.data),
    count,
    height: imageSize,
    width: imageSize,
    classes: digitNames,
  };
}

async function decodeNamed(bytes: Uint8Array, name: string): Promise<ArrayRecord> {
  try {
    return await decodeIdx(bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(`${name}: ${cause.message}`, { op: 'mnist', cause });
  }
}

/** `names` are for errors. */
async function decodeSets(
  bytes: Readonly<Record<MnistPart, Uint8Array>>,
  names: Readonly<Record<MnistPart, string>>,
): Promise<TrainTest> {
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(
    mnistParts.map((part) => decodeNamed(bytes[part], names[part])),
  );
  return {
    train: pairImages(trainImages, trainLabels, `${names.trainImages} and ${names.trainLabels}`),
    test: pairImages(testImages, testLabels, `${names.testImages} and ${names.testLabels}`),
  };
}

/**
 * Makes the two sets of MNIST from the bytes of its four IDX files, plain or gzip: the way in a browser.
 *
 * @throws FormatError for bytes that are not IDX; DataError for IDX files that are not MNIST's or do not agree.
 *
 * @example
 * ```ts
 * import { encodeIdx, mnistFromBytes } from 'nacre/datasets';
 * const images = encodeIdx({ dtype: 'uint8', shape: [1, 28, 28], data: new Uint8Array(784) });
 * const labels = encodeIdx({ dtype: 'uint8', shape: [1], data: new Uint8Array([7]) });
 * const { train } = await mnistFromBytes({ trainImages: images, trainLabels: labels, testImages: images, testLabels: labels });
 * train.labels; // → [7]
 * ```
 */
export const mnistFromBytes = (bytes: Readonly<Record<MnistPart, Uint8Array>>): Promise<TrainTest> =>
  decodeSets(bytes, mnistFileNames);

/** How a part may be called: as published, with a dot before `idx` (as some archives unpack it), each also as `.gz`. */
function spellings(part: MnistPart): string[] {
  const name = mnistFileNames[part];
  return [name, name.replace('-idx', '.idx')].flatMap((spelling) => [spelling, `${spelling}.gz`]);
}

/** The path of each part that a folder has. */
export async function findMnistFiles(dir: string): Promise<Partial<Record<MnistPart, string>>> {
  const names = new Set(await files.listDirectory(dir));
  const paths: Partial<Record<MnistPart, string>> = {};
  for (const part of mnistParts) {
    const name = spellings(part).find((spelling) => names.has(spelling));
    if (name !== undefined) paths[part] = `${dir}/${name}`;
  }
  return paths;
}

/** True once no part is missing. */
export const isComplete = (paths: Partial<Record<MnistPart, string>>): paths is Record<MnistPart, string> =>
  mnistParts.every((part) => paths[part] !== undefined);

/** Reads MNIST, or what is kept as it is, from a folder that has its four files. */
export async function readMnistDirectory(dir: string, op = 'mnist'): Promise<TrainTest> {
  const paths = await findMnistFiles(dir);
  if (!isComplete(paths)) {
    const missing = mnistParts
      .filter((part) => paths[part] === undefined)
      .map((part) => mnistFileNames[part]);
    throw new DataError(`${dir} lacks ${missing.join(', ')}`, {
      op,
      hint: 'Put the four IDX files there, as they are published or with .gz',
    });
  }
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(
    mnistParts.map((part) => files.readFile(paths[part])),
  );
  return decodeSets({ trainImages, trainLabels, testImages, testLabels }, paths);
}
