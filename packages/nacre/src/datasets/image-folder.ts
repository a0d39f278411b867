import { files } from '#files';
import { ArgumentError, DataError, FormatError, NacreError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { LabelledImages } from '../data/dataset.ts';
import type { Pixels } from '../data/pixels.ts';
import { FileError } from '../io/files.ts';
import { resample } from './area-average.ts';
import { defaultDecoder, type ImageDecoder } from './decode-image.ts';

export interface ImageFolderOptions {
  /** Height and width that pictures are brought to, by averaging areas; one number for both. Default: their own, which must agree. */
  readonly size?: number | readonly [height: number, width: number];
  /** 3 for red, green and blue, 1 for grey. Default 3. */
  readonly channels?: 1 | 3;
  /** The classes in order: those of the training data, for test data. Default: the names of the folders, sorted. */
  readonly classes?: readonly string[];
  /** Whether pictures that do not decode are left out and listed in `skipped`. Default: no, they are an error. */
  readonly skipBroken?: boolean;
  /** Reads PNG, JPEG and others. Default: `sharp` where it is installed, else Nacre's own for PNG and `jpeg-js` for JPEG. */
  readonly decode?: ImageDecoder;
  /** Called after each picture. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** A picture that does not decode, and why. */
export interface BrokenImage {
  readonly path: string;
  readonly reason: string;
}

export interface ImageFolder extends LabelledImages {
  readonly labels: Int32Array;
  /** The file of each picture. */
  readonly paths: readonly string[];
  /** The pictures that were left out. */
  readonly skipped: readonly BrokenImage[];
}

const imageName = /\.(?:png|jpe?g)$/i;

/** The names in a folder; undefined where the path is a file. */
async function namesIn(path: string): Promise<string[] | undefined> {
  try {
    return await files.listDirectory(path);
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The pictures of each class. Throws a DataError for no classes or pictures, and for folders of classes that are not known. */
export async function findImages(
  op: string,
  root: string,
  known: readonly string[] | undefined,
): Promise<{ classes: readonly string[]; paths: string[]; labels: number[] }> {
  const found = new Map<string, string[]>();
  for (const name of await files.listDirectory(root)) {
    if (name.startsWith('.')) continue;
    const names = await namesIn(`${root}/${name}`);
    if (names)
      found.set(
        name,
        names.filter((file) => imageName.test(file)).map((file) => `${root}/${name}/${file}`),
      );
  }
  const classes = known ?? [...found.keys()];
  if (classes.length === 0) {
    throw new DataError(`${root} has no folders of classes`, {
      op,
      hint: 'Pictures lie in root/class/*.jpg or *.png',
    });
  }
  const strange = [...found.keys()].filter((name) => !classes.includes(name));
  if (strange.length > 0) {
    throw new DataError(`${root} has folders of other classes: ${strange.join(', ')}`, {
      op,
      hint: `The classes given are ${classes.join(', ')}`,
    });
  }
  const empty = classes.filter((name) => !known && found.get(name)!.length === 0);
  if (empty.length > 0)
    throw new DataError(`there are no pictures in ${empty.map((name) => `${root}/${name}`).join(', ')}`, {
      op,
    });
  const paths = classes.flatMap((name) => found.get(name) ?? []);
  if (paths.length === 0) throw new DataError(`${root} has no pictures`, { op });
  const labels = classes.flatMap((name, label) => (found.get(name) ?? []).map(() => label));
  return { classes, paths, labels };
}

/** The planes of a picture, brought to a size: red, green and blue, or grey by the weights of ITU-R BT.601. Alpha is left out. */
function planesOf(
  { data, width, height, channels: given }: Pixels,
  channels: 1 | 3,
  [toHeight, toWidth]: readonly [number, number],
): Uint8Array {
  const out = new Uint8Array(channels * toHeight * toWidth);
  const isGrey = given < 3;
  for (let plane = 0; plane < channels; plane++) {
    const values = new Float32Array(width * height);
    for (let pixel = 0; pixel < values.length; pixel++) {
      const at = pixel * given;
      if (isGrey) values[pixel] = data[at];
      else if (channels === 3) values[pixel] = data[at + plane];
      else values[pixel] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    }
    const isSame = width === toWidth && height === toHeight;
    const made = isSame ? values : resample({ width, height, values }, toWidth, toHeight).values;
    for (let pixel = 0; pixel < made.length; pixel++) {
      out[plane * made.length + pixel] = Math.min(255, Math.round(made[pixel]));
    }
  }
  return out;
}

function sizeOption(op: string, size: ImageFolderOptions['size']): readonly [number, number] | undefined {
  if (size === undefined) return undefined;
  const both = typeof size === 'number' ? ([size, size] as const) : size;
  if (both.length === 2 && both.every((side) => Number.isInteger(side) && side > 0)) return both;
  throw new ArgumentError(`size is [height, width] in whole pixels, got [${both.join(', ')}]`, { op });
}

/**
 * Pictures in folders of their classes: `root/class/*.png`, `*.jpg` or `*.jpeg`. They are kept in memory as bytes, and go to `fit` as
 * they are. Turned as their pixels lie, whatever a camera has noted beside them.
 *
 * @throws FileError for a folder that cannot be read; DataError for no classes or pictures, sizes that differ without `size`, and, by their
 * names, pictures that do not decode, unless `skipBroken`.
 *
 * Shapes: images of count·channels·height·width bytes: inputs [3, height, width], or [height, width] for `channels: 1`
 *
 * @example
 * ```ts
 * import { imageFolder } from 'nacre/datasets';
 * await imageFolder('no-such-folder', { size: 32 }); // → throws FileError
 * ```
 */
export async function imageFolder(root: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const op = 'imageFolder';
  const {
    size: given,
    channels = 3,
    classes: known,
    skipBroken = false,
    decode,
    onProgress,
  } = optionsOf(op, options, ['size', 'channels', 'classes', 'skipBroken', 'decode', 'onProgress']);
  if (channels !== 1 && channels !== 3)
    throw new ArgumentError(`channels is 1 or 3, got ${channels}`, { op });
  let size = sizeOption(op, given);
  const { classes, paths, labels } = await findImages(op, root, known);
  const read = decode ?? (await defaultDecoder(op));
  const planes: Uint8Array[] = [];
  const kept: number[] = [];
  const skipped: BrokenImage[] = [];
  for (const [place, path] of paths.entries()) {
    const bytes = await files.readFile(path);
    const pixels = await decodeOr(read, bytes, path, skipped);
    onProgress?.({ done: place + 1, total: paths.length });
    if (!pixels) continue;
    size ??= [pixels.height, pixels.width];
    if (!given && (pixels.height !== size[0] || pixels.width !== size[1])) {
      throw new DataError(
        `${path} has ${pixels.height} x ${pixels.width} pixels, ${paths[kept[0]]} has ${size[0]} x ${size[1]}`,
        { op, hint: 'Bring them to one size: { size: [height, width] }' },
      );
    }
    planes.push(planesOf(pixels, channels, size));
    kept.push(place);
  }
  if (skipped.length > 0 && (!skipBroken || planes.length === 0))
    throw brokenError(op, skipped, paths.length, skipBroken);
  const [height, width] = size!;
  const images = new Uint8Array(planes.length * channels * height * width);
  planes.forEach((plane, index) => {
    images.set(plane, index * plane.length);
  });
  return {
    images,
    labels: Int32Array.from(kept, (place) => labels[place]),
    count: planes.length,
    height,
    width,
    ...(channels === 3 && { channels }),
    classes,
    paths: kept.map((place) => paths[place]),
    skipped,
  };
}

/** The pixels, or undefined and the reason in `broken`. */
async function decodeOr(
  read: ImageDecoder,
  bytes: Uint8Array,
  path: string,
  broken: BrokenImage[],
): Promise<Pixels | undefined> {
  if (bytes.length === 0) {
    broken.push({ path, reason: 'the file is empty' });
    return undefined;
  }
  try {
    return await read(bytes, path);
  } catch (error) {
    // A decoder that is missing is not the picture's fault. Those of others meet broken data with errors of every class.
    if (error instanceof NacreError && !(error instanceof FormatError)) throw error;
    broken.push({ path, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function brokenError(
  op: string,
  broken: readonly BrokenImage[],
  total: number,
  skipBroken: boolean,
): DataError {
  const shown = broken.slice(0, 5).map(({ path, reason }) => `${path} (${reason})`);
  const more = broken.length > shown.length ? ` and ${broken.length - shown.length} more` : '';
  return new DataError(`${broken.length} of ${total} pictures do not decode: ${shown.join(', ')}${more}`, {
    op,
    hint: skipBroken ? 'None is left' : 'Replace them, or leave them out with { skipBroken: true }',
  });
}
