import { files } from '#files';
import { ArgumentError, FormatError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkSeed } from '../data/checks.ts';
import type { AsyncDataset, Example } from '../data/dataset.ts';
import type { Pixels } from '../data/pixels.ts';
import { grayscale } from '../data/transforms/colour.ts';
import { type Image, imageOf, type Transform } from '../data/transforms/image.ts';
import { Random } from '../data/transforms/random.ts';
import { getRngState } from '../tensor/generator.ts';
import { defaultDecoder, type ImageDecoder } from './decode-image.ts';
import { findImages } from './image-folder.ts';

export interface ImageFilesOptions {
  /** What is made of each picture when it is read: it is to end in one size, such as by `transforms.randomResizedCrop(224)`. Default: nothing. */
  readonly transform?: Transform;
  /** Decides what is random. Default: the seed of `manualSeed` when the data set is made. */
  readonly seed?: number;
  /** 3 for red, green and blue, 1 for grey. Default 3. */
  readonly channels?: 1 | 3;
  /** The classes in order: those of the training data, for test data. Default: the names of the folders, sorted. */
  readonly classes?: readonly string[];
  /** Reads a file. Default: as decodeImage. */
  readonly decode?: ImageDecoder;
}

/** Pictures in files, which are read and decoded when they are asked for. */
export interface ImageFiles extends AsyncDataset {
  readonly classes: readonly string[];
  /** The file of each picture. */
  readonly paths: readonly string[];
  /** The class of each picture, an index into `classes`. */
  readonly labels: Int32Array;
}

const grey = grayscale();

/** A decoded picture with so many planes. */
function planes(pixels: Pixels, channels: 1 | 3, random: Random): Image {
  const image = imageOf(pixels);
  if (image.channels === channels) return image;
  if (channels === 1) return grey(image, random);
  const data = new Float32Array(3 * image.data.length);
  for (let plane = 0; plane < 3; plane++) data.set(image.data, plane * image.data.length);
  return { ...image, channels, data };
}

/** Nested as [channels][height] rows of numbers. */
const nested = ({ data, channels, height, width }: Image): Float32Array[][] =>
  Array.from({ length: channels }, (_, plane) =>
    Array.from({ length: height }, (_, row) => {
      const begin = (plane * height + row) * width;
      return data.subarray(begin, begin + width);
    }),
  );

/**
 * Pictures in folders of their classes, `root/class/*.png`, `*.jpg` or `*.jpeg`, that are too many for memory: a DataLoader reads, decodes and
 * transforms them ahead of the training, in threads if a module makes the data set (`moduleDataset`). `imageFolder` keeps them in memory.
 *
 * @throws FileError for a folder that cannot be read; DataError for no classes or pictures. `get` throws a FormatError that names a picture that
 * does not decode.
 *
 * Shapes: inputs [channels, height, width] from 0 to 1, as `transform` makes them, and labels
 *
 * @example
 * ```ts
 * import { imageFiles } from 'nacre/datasets';
 * await imageFiles('no-such-folder'); // → throws FileError
 * ```
 */
export async function imageFiles(root: string, options: ImageFilesOptions = {}): Promise<ImageFiles> {
  const op = 'imageFiles';
  const {
    transform = (image: Image) => image,
    seed = getRngState().seed,
    channels = 3,
    classes: known,
    decode,
  } = optionsOf(op, options, ['transform', 'seed', 'channels', 'classes', 'decode']);
  checkSeed(op, seed);
  if (channels !== 1 && channels !== 3)
    throw new ArgumentError(`channels is 1 or 3, got ${channels}`, { op });
  const { classes, paths, labels } = await findImages(op, root, known);
  const read = decode ?? (await defaultDecoder(op));
  return {
    classes,
    paths,
    labels: Int32Array.from(labels),
    length: paths.length,
    async get(index: number, epoch = 0): Promise<Example> {
      const path = paths[index];
      const bytes = await files.readFile(path);
      let pixels: Pixels;
      try {
        pixels = await read(bytes, path);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new FormatError(`${path} does not decode: ${reason}`, { op, cause });
      }
      const random = new Random(seed, epoch, index);
      return [nested(transform(planes(pixels, channels, random), random)), labels[index]];
    },
  };
}
