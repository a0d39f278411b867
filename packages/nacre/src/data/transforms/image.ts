import { ArgumentError, DataError, showShape } from '../../base/errors.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Pixels } from '../pixels.ts';
import { Random } from './random.ts';

/** A picture as networks take it: planes of float32 numbers from 0 to 1, one after the other, each row by row. */
export interface Image {
  readonly data: Float32Array;
  /** Planes: 1 for grey, 3 for red, green and blue. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Makes a picture of a picture, which it leaves as it is. All that is random about it comes from `random`. */
export type Transform = (image: Image, random: Random) => Image;

/** A picture of this size, all zeros. */
export const blank = (channels: number, height: number, width: number): Image => ({
  data: new Float32Array(channels * height * width),
  channels,
  height,
  width,
});

/** Another picture of the same size, each number made of the one in its place. */
export function mapPixels(image: Image, change: (value: number) => number): Image {
  const { data } = image;
  const made = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) made[i] = change(data[i]);
  return { ...image, data: made };
}

export const clampUnit = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** Throws an ArgumentError unless there are three planes, or one where that is enough. */
export function checkColours(op: string, { channels }: Image, allowed: readonly number[] = [1, 3]): void {
  if (allowed.includes(channels)) return;
  throw new ArgumentError(`the picture has ${channels} planes, not ${allowed.join(' or ')}`, { op });
}

/** Throws an ArgumentError unless a number is a probability. */
export function checkProbability(op: string, p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op });
}

/** One number for both sides, or height and width, in whole pixels. */
export type Size = number | readonly [height: number, width: number];

/** Height and width. Throws an ArgumentError for what is no size. */
export function sizeOfBoth(op: string, size: Size): readonly [height: number, width: number] {
  const both = typeof size === 'number' ? ([size, size] as const) : size;
  if (both?.length === 2 && both.every((side) => Number.isInteger(side) && side > 0)) return both;
  throw new ArgumentError(`a size is [height, width] in whole pixels, got ${JSON.stringify(size)}`, { op });
}

/** One number for all planes, or one for each. Throws an ArgumentError for another count. */
export function perPlane(
  op: string,
  name: string,
  values: number | readonly number[],
  channels: number,
): readonly number[] {
  const all = typeof values === 'number' ? new Array<number>(channels).fill(values) : values;
  if (all.length === channels) return all;
  throw new ArgumentError(`${name} has ${all.length} numbers for ${channels} planes`, {
    op,
    hint: 'Give one number for each plane, or one for all',
  });
}

/**
 * A decoded picture as planes from 0 to 1; alpha is left out.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const { data } = transforms.imageOf({ data: new Uint8Array([255, 0, 51]), width: 1, height: 1, channels: 3 });
 * data; // → [1, 0, 0.2]
 * ```
 */
export function imageOf({ data, width, height, channels: given }: Pixels): Image {
  const channels = given < 3 ? 1 : 3;
  const made = blank(channels, height, width);
  const size = height * width;
  for (let plane = 0; plane < channels; plane++) {
    for (let pixel = 0; pixel < size; pixel++)
      made.data[plane * size + pixel] = data[pixel * given + plane] / 255;
  }
  return made;
}

/**
 * A picture as a tensor: that of a decoder, with bytes side by side, or that of a transform.
 *
 * Shapes: height x width pixels → [channels, height, width]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const x = transforms.toTensor({ data: new Uint8Array([255, 0]), width: 2, height: 1, channels: 1 });
 * x; // → [[[1, 0]]]
 * ```
 */
export function toTensor(image: Image | Pixels): Tensor {
  const { data, channels, height, width } =
    image.data instanceof Float32Array ? (image as Image) : imageOf(image as Pixels);
  return tensor(data, { shape: [channels, height, width] });
}

/**
 * The picture of a tensor [channels, height, width] or [height, width]. Throws a DataError for another.
 *
 * @example
 * ```ts
 * import { tensor, transforms } from 'nacre';
 * transforms.fromTensor(tensor([[0, 1, 0]])).width; // → 3
 * ```
 */
export function fromTensor(x: Tensor): Image {
  const { shape } = x.node;
  return { data: Float32Array.from(x.dataSync() as ArrayLike<number>), ...pictureShape('fromTensor', shape) };
}

/** Planes and sides of a shape. Throws a DataError for a shape that no picture has. */
export function pictureShape(
  op: string,
  shape: readonly number[],
): { channels: number; height: number; width: number } {
  if (shape.length === 2 || shape.length === 3) {
    const [width, height, channels = 1] = [...shape].reverse();
    return { channels, height, width };
  }
  throw new DataError(`pictures are [channels, height, width] or [height, width], got ${showShape(shape)}`, {
    op,
    shapes: [shape],
  });
}

/** What one picture of a batch needs to be the same again: see `Random`. */
export interface TransformKey {
  /** Default 0. */
  readonly seed?: number;
  /** Default 0. */
  readonly epoch?: number;
  /** The index of the first picture. Default 0. */
  readonly index?: number;
}

/**
 * Transforms all pictures of a batch, each with random numbers of its own.
 *
 * Shapes: x [N, channels, height, width] → [N, channels', height', width']
 *
 * @throws DataError for a tensor that is no batch of pictures, and for a transform that gives different sizes.
 *
 * @example
 * ```ts
 * import { tensor, transforms } from 'nacre';
 * const x = tensor([[[[1, 2], [3, 4]]]]);
 * transforms.transformBatch(x, transforms.horizontalFlip()); // → [[[[2, 1], [4, 3]]]]
 * ```
 */
export function transformBatch(x: Tensor, transform: Transform, key: TransformKey = {}): Tensor {
  const op = 'transformBatch';
  const { seed = 0, epoch = 0, index = 0 } = key;
  const [count, ...shape] = x.node.shape;
  if (shape.length !== 3 || count === 0) {
    throw new DataError(
      `a batch of pictures is [N, channels, height, width], got ${showShape(x.node.shape)}`,
      {
        op,
        shapes: [x.node.shape],
      },
    );
  }
  const sides = pictureShape(op, shape);
  const all = Float32Array.from(x.dataSync() as ArrayLike<number>);
  const size = all.length / count;
  let out: Float32Array | undefined;
  let first: Image | undefined;
  for (let row = 0; row < count; row++) {
    const image = { data: all.subarray(row * size, (row + 1) * size), ...sides };
    const made = transform(image, new Random(seed, epoch, index + row));
    first ??= made;
    out ??= new Float32Array(count * made.data.length);
    checkSameSize(op, made, first, row);
    out.set(made.data, row * made.data.length);
  }
  return tensor(out!, { shape: [count, first!.channels, first!.height, first!.width] });
}

/** Throws a DataError where one picture came out in another size than the first. */
export function checkSameSize(op: string, made: Image, first: Omit<Image, 'data'>, index: number): void {
  if (made.channels === first.channels && made.height === first.height && made.width === first.width) return;
  const [got, expected] = [made, first].map(({ channels, height, width }) => [channels, height, width]);
  throw new DataError(
    `the transform gives picture ${index} the shape ${showShape(got)}, the first ${showShape(expected)}`,
    { op, shapes: [expected, got], hint: 'End it with a crop or resize([height, width]) to one size' },
  );
}
