import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import {
  blank,
  checkProbability,
  type Image,
  perPlane,
  type Size,
  sizeOfBoth,
  type Transform,
} from './image.ts';
import type { Random } from './random.ts';
import { checkInterpolation, type Interpolation, resized } from './resize.ts';

/** What stands outside of a picture: a number, its last pixels, or its mirror image without and with the last pixels. */
export type PaddingMode = 'constant' | 'edge' | 'reflect' | 'symmetric';

const paddingModes: readonly string[] = ['constant', 'edge', 'reflect', 'symmetric'];

/** Pixels at each side: all, [left and right, top and bottom], or [left, top, right, bottom]. */
export type Padding =
  | number
  | readonly [horizontal: number, vertical: number]
  | readonly [left: number, top: number, right: number, bottom: number];

function sidesOf(op: string, padding: Padding): { left: number; top: number; right: number; bottom: number } {
  const given: readonly number[] = typeof padding === 'number' ? [padding] : padding;
  const [left, top = left, right = left, bottom = top] = given;
  if ([1, 2, 4].includes(given.length) && given.every((side) => Number.isInteger(side) && side >= 0)) {
    return { left, top, right, bottom };
  }
  throw new ArgumentError(`padding is whole pixels from 0 on, got ${JSON.stringify(padding)}`, {
    op,
    hint: 'Give one number, [horizontal, vertical], or [left, top, right, bottom]',
  });
}

export interface PaddingOptions {
  /** What stands outside: a number for all planes, or one for each. Default 0. */
  readonly fill?: number | readonly number[];
  /** Default constant: `fill`. */
  readonly paddingMode?: PaddingMode;
}

function checkPadding(op: string, mode: string): void {
  if (paddingModes.includes(mode)) return;
  throw new ArgumentError(`paddingMode is ${paddingModes.join(', ')}, got ${JSON.stringify(mode)}`, { op });
}

/** The place inside that a place outside shows. */
function insideOf(op: string, place: number, length: number, mode: PaddingMode): number {
  if (place >= 0 && place < length) return place;
  if (mode === 'edge') return place < 0 ? 0 : length - 1;
  const mirrored = mode === 'reflect' ? 0 : 1;
  const inside = place < 0 ? -place - mirrored : 2 * length - 2 + mirrored - place;
  if (inside >= 0 && inside < length) return inside;
  throw new ArgumentError(`a side of ${length} pixels has no mirror image that reaches ${place}`, { op });
}

/** The part of a picture from (top, left) on; what lies outside of it is padded. */
export function cropped(
  op: string,
  image: Image,
  top: number,
  left: number,
  height: number,
  width: number,
  { fill = 0, paddingMode = 'constant' }: PaddingOptions = {},
): Image {
  const { data, channels } = image;
  const made = blank(channels, height, width);
  const begin = Math.min(width, Math.max(0, -left));
  const end = Math.max(begin, Math.min(width, image.width - left));
  const isConstant = paddingMode === 'constant';
  const fills = perPlane(op, 'fill', fill, channels);
  for (let plane = 0; plane < channels; plane++) {
    if (isConstant && fills[plane] !== 0) {
      made.data.fill(fills[plane], plane * height * width, (plane + 1) * height * width);
    }
    for (let row = 0; row < height; row++) {
      const isInside = top + row >= 0 && top + row < image.height;
      if (isConstant && !isInside) continue;
      const source = isInside ? top + row : insideOf(op, top + row, image.height, paddingMode);
      const from = (plane * image.height + source) * image.width;
      const into = (plane * height + row) * width;
      made.data.set(data.subarray(from + left + begin, from + left + end), into + begin);
      if (isConstant) continue;
      for (let column = 0; column < width; column++) {
        if (column === begin) column = end;
        if (column >= width) break;
        made.data[into + column] = data[from + insideOf(op, left + column, image.width, paddingMode)];
      }
    }
  }
  return made;
}

/**
 * Makes pictures larger by pixels around them.
 *
 * @throws ArgumentError for padding that is none, or a mirror image of more than there is.
 *
 * Shapes: [channels, height, width] → [channels, top + height + bottom, left + width + right]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 1, width: 2 };
 * transforms.pad([1, 0])(image, new transforms.Random(0, 0, 0)).data; // → [0, 1, 2, 0]
 * ```
 */
export function pad(padding: Padding, options: PaddingOptions = {}): Transform {
  const op = 'pad';
  const { fill = 0, paddingMode = 'constant' } = optionsOf(op, options, ['fill', 'paddingMode']);
  const { left, top, right, bottom } = sidesOf(op, padding);
  checkPadding(op, paddingMode);
  return (image) => {
    const [height, width] = [top + image.height + bottom, left + image.width + right];
    return cropped(op, image, -top, -left, height, width, { fill, paddingMode });
  };
}

/** To the nearest whole number, halves to the even one, as Python rounds. */
const roundEven = (value: number): number => {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return isHalf ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value);
};

/**
 * The middle of pictures; smaller ones get zeros around them.
 *
 * Shapes: [channels, height, width] → [channels, height', width']
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2, 3, 4]), channels: 1, height: 1, width: 4 };
 * transforms.centerCrop([1, 2])(image, new transforms.Random(0, 0, 0)).data; // → [2, 3]
 * ```
 */
export function centerCrop(size: Size): Transform {
  const op = 'centerCrop';
  const [height, width] = sizeOfBoth(op, size);
  return (image) => {
    const begin = (whole: number, part: number): number =>
      whole < part ? -Math.floor((part - whole) / 2) : roundEven((whole - part) / 2);
    return cropped(op, image, begin(image.height, height), begin(image.width, width), height, width);
  };
}

export interface RandomCropOptions extends PaddingOptions {
  /** Pixels put around the picture before. Default 0. */
  readonly padding?: Padding;
  /** Whether a picture that is too small is padded at both sides. Default: no, it is an error. */
  readonly padIfNeeded?: boolean;
}

/**
 * A part of pictures at a random place.
 *
 * @throws ArgumentError for a picture smaller than the part.
 *
 * Shapes: [channels, height, width] → [channels, height', width']
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array(9), channels: 1, height: 3, width: 3 };
 * const { height } = transforms.randomCrop(2)(image, new transforms.Random(1, 0, 0));
 * height; // → 2
 * transforms.randomCrop(4)(image, new transforms.Random(1, 0, 0)); // → throws ArgumentError: smaller
 * ```
 */
export function randomCrop(size: Size, options: RandomCropOptions = {}): Transform {
  const op = 'randomCrop';
  const {
    padding = 0,
    padIfNeeded = false,
    fill = 0,
    paddingMode = 'constant',
  } = optionsOf(op, options, ['padding', 'padIfNeeded', 'fill', 'paddingMode']);
  const [height, width] = sizeOfBoth(op, size);
  const sides = sidesOf(op, padding);
  checkPadding(op, paddingMode);
  return (image, random) => {
    let { left, top } = sides;
    let [wide, high] = [left + image.width + sides.right, top + image.height + sides.bottom];
    if (padIfNeeded && wide < width) [left, wide] = [left + width - wide, 2 * width - wide];
    if (padIfNeeded && high < height) [top, high] = [top + height - high, 2 * height - high];
    if (wide < width || high < height) {
      throw new ArgumentError(
        `a picture of ${high} x ${wide} pixels is smaller than the part of ${height} x ${width}`,
        { op, hint: 'Resize it before, or give { padding } or { padIfNeeded: true }' },
      );
    }
    const [row, column] = [random.integer(high - height + 1), random.integer(wide - width + 1)];
    return cropped(op, image, row - top, column - left, height, width, { fill, paddingMode });
  };
}

export interface RandomResizedCropOptions {
  /** Least and largest share of the area. Default [0.08, 1]. */
  readonly scale?: readonly [least: number, most: number];
  /** Least and largest ratio of width to height. Default [3/4, 4/3]. */
  readonly ratio?: readonly [least: number, most: number];
  /** Default bilinear. */
  readonly interpolation?: Interpolation;
  /** Default: yes. */
  readonly antialias?: boolean;
}

/** Throws an ArgumentError unless two numbers are a range from above 0 on. */
export function checkRange(op: string, name: string, range: readonly [number, number]): void {
  if (range?.length === 2 && range[0] > 0 && range[0] <= range[1] && Number.isFinite(range[1])) return;
  throw new ArgumentError(`${name} is [least, most] from above 0 on, got ${JSON.stringify(range)}`, { op });
}

/** A rectangle with a random share of the area and a random ratio of its sides; null if ten tries find none that fits. */
function randomBox(
  { height, width }: Image,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: Random,
): { top: number; left: number; height: number; width: number } | null {
  for (let trial = 0; trial < 10; trial++) {
    const area = height * width * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const [wide, high] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (wide < 1 || wide > width || high < 1 || high > height) continue;
    const [top, left] = [random.integer(height - high + 1), random.integer(width - wide + 1)];
    return { top, left, height: high, width: wide };
  }
  return null;
}

/**
 * A part of pictures of random place, size and proportions, brought to one size (C. Szegedy et al., "Going deeper with convolutions", 2015).
 *
 * Shapes: [channels, height, width] → [channels, height', width']
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array(100), channels: 1, height: 10, width: 10 };
 * transforms.randomResizedCrop(4)(image, new transforms.Random(1, 0, 0)).width; // → 4
 * ```
 */
export function randomResizedCrop(size: Size, options: RandomResizedCropOptions = {}): Transform {
  const op = 'randomResizedCrop';
  const {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    interpolation = 'bilinear',
    antialias = true,
  } = optionsOf(op, options, ['scale', 'ratio', 'interpolation', 'antialias']);
  const [height, width] = sizeOfBoth(op, size);
  checkRange(op, 'scale', scale);
  checkRange(op, 'ratio', ratio);
  checkInterpolation(op, interpolation);
  return (image, random) => {
    const box = randomBox(image, scale, ratio, random) ?? middleBox(image, ratio);
    const part = cropped(op, image, box.top, box.left, box.height, box.width);
    return resized(part, height, width, interpolation, antialias);
  };
}

/** The largest part in the middle whose proportions are allowed. */
function middleBox(
  { height, width }: Image,
  [least, most]: readonly [number, number],
): { top: number; left: number; height: number; width: number } {
  let [high, wide] = [height, width];
  if (width / height < least) high = Math.min(height, Math.round(width / least));
  else if (width / height > most) wide = Math.min(width, Math.round(height * most));
  return { top: (height - high) >> 1, left: (width - wide) >> 1, height: high, width: wide };
}

export interface RandomErasingOptions {
  /** Probability. Default 0.5. */
  readonly p?: number;
  /** Least and largest share of the area. Default [0.02, 0.33]. */
  readonly scale?: readonly [least: number, most: number];
  /** Least and largest ratio of the sides. Default [0.3, 3.3]. */
  readonly ratio?: readonly [least: number, most: number];
  /** What is put there: a number for all planes, one for each, or `random` for normal noise. Default 0. */
  readonly value?: number | readonly number[] | 'random';
}

/**
 * Erases a rectangle at a random place (Z. Zhong et al., "Random erasing data augmentation", 2020). Comes after `normalize`.
 *
 * Shapes: [...] → [...]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array(100).fill(1), channels: 1, height: 10, width: 10 };
 * const { data } = transforms.randomErasing({ p: 1 })(image, new transforms.Random(1, 0, 0));
 * data.some((value) => value === 0); // → true
 * ```
 */
export function randomErasing(options: RandomErasingOptions = {}): Transform {
  const op = 'randomErasing';
  const {
    p = 0.5,
    scale = [0.02, 0.33],
    ratio = [0.3, 3.3],
    value = 0,
  } = optionsOf(op, options, ['p', 'scale', 'ratio', 'value']);
  checkProbability(op, p);
  checkRange(op, 'scale', scale);
  checkRange(op, 'ratio', ratio);
  if (scale[1] > 1) throw new ArgumentError(`scale is a share of the area, got up to ${scale[1]}`, { op });
  return (image, random) => {
    if (!random.chance(p)) return image;
    const box = randomBox(image, scale, ratio, random);
    if (!box || (box.height === image.height && box.width === image.width)) return image;
    const data = image.data.slice();
    const values = value === 'random' ? null : perPlane(op, 'value', value, image.channels);
    for (let plane = 0; plane < image.channels; plane++) {
      for (let row = box.top; row < box.top + box.height; row++) {
        const at = (plane * image.height + row) * image.width + box.left;
        if (values) data.fill(values[plane], at, at + box.width);
        else for (let column = 0; column < box.width; column++) data[at + column] = random.normal();
      }
    }
    return { ...image, data };
  };
}
