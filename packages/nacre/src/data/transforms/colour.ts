import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import {
  checkColours,
  checkProbability,
  clampUnit,
  type Image,
  mapPixels,
  perPlane,
  type Transform,
} from './image.ts';

/** The weights that torchvision gives red, green and blue (ITU-R BT.601, four digits of the first). */
const luma = [0.2989, 0.587, 0.114] as const;

/** Grey values, one for each pixel. */
function greyOf({ data, channels, height, width }: Image): Float32Array {
  const size = height * width;
  if (channels === 1) return data;
  const grey = new Float32Array(size);
  for (let pixel = 0; pixel < size; pixel++) {
    grey[pixel] = luma[0] * data[pixel] + luma[1] * data[size + pixel] + luma[2] * data[2 * size + pixel];
  }
  return grey;
}

function repeated(plane: Float32Array, image: Image, channels: number): Image {
  const data = new Float32Array(plane.length * channels);
  for (let channel = 0; channel < channels; channel++) data.set(plane, channel * plane.length);
  return { ...image, channels, data };
}

/**
 * Grey pictures: one plane, or three alike.
 *
 * Formula: y = 0.2989·red + 0.587·green + 0.114·blue
 *
 * Shapes: [3, height, width] → [channels, height, width]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const red = { data: new Float32Array([1, 0, 0]), channels: 3, height: 1, width: 1 };
 * transforms.grayscale()(red, new transforms.Random(0, 0, 0)).data; // → [0.2989]
 * ```
 */
export function grayscale(options: { readonly channels?: 1 | 3 } = {}): Transform {
  const op = 'grayscale';
  const { channels = 1 } = optionsOf(op, options, ['channels']);
  if (channels !== 1 && channels !== 3)
    throw new ArgumentError(`channels is 1 or 3, got ${channels}`, { op });
  return (image) => {
    checkColours(op, image);
    return repeated(greyOf(image), image, channels);
  };
}

/**
 * Pictures made grey with a probability, by default 0.1; they keep their number of planes.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const red = { data: new Float32Array([1, 0, 0]), channels: 3, height: 1, width: 1 };
 * transforms.randomGrayscale({ p: 0 })(red, new transforms.Random(0, 0, 0)).data; // → [1, 0, 0]
 * ```
 */
export function randomGrayscale(options: { readonly p?: number } = {}): Transform {
  const op = 'randomGrayscale';
  const { p = 0.1 } = optionsOf(op, options, ['p']);
  checkProbability(op, p);
  return (image, random) => {
    checkColours(op, image);
    return random.chance(p) ? repeated(greyOf(image), image, image.channels) : image;
  };
}

function checkFactor(op: string, factor: number): void {
  if (Number.isFinite(factor) && factor >= 0) return;
  throw new ArgumentError(`the factor is a number from 0 on, got ${factor}`, { op });
}

const brightened = (image: Image, factor: number): Image =>
  mapPixels(image, (value) => clampUnit(value * factor));

/**
 * Brightness times a factor: 0 is black, 1 the picture itself.
 *
 * Formula: y = min(1, factor·x)
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.25, 0.75]), channels: 1, height: 1, width: 2 };
 * transforms.adjustBrightness(2)(image, new transforms.Random(0, 0, 0)).data; // → [0.5, 1]
 * ```
 */
export function adjustBrightness(factor: number): Transform {
  checkFactor('adjustBrightness', factor);
  return (image) => brightened(image, factor);
}

function contrasted(image: Image, factor: number): Image {
  const grey = greyOf(image);
  let sum = 0;
  for (let pixel = 0; pixel < grey.length; pixel++) sum += grey[pixel];
  const mean = (1 - factor) * (sum / grey.length);
  return mapPixels(image, (value) => clampUnit(factor * value + mean));
}

/**
 * Contrast times a factor: 0 is the mean of the grey picture everywhere, 1 the picture itself.
 *
 * Formula: y = factor·x + (1 - factor)·mean(grey), between 0 and 1
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.25, 0.75]), channels: 1, height: 1, width: 2 };
 * transforms.adjustContrast(0)(image, new transforms.Random(0, 0, 0)).data; // → [0.5, 0.5]
 * ```
 */
export function adjustContrast(factor: number): Transform {
  const op = 'adjustContrast';
  checkFactor(op, factor);
  return (image) => {
    checkColours(op, image);
    return contrasted(image, factor);
  };
}

function saturated(image: Image, factor: number): Image {
  if (image.channels === 1) return image;
  const grey = greyOf(image);
  const data = new Float32Array(image.data.length);
  for (let plane = 0; plane < data.length; plane += grey.length) {
    for (let pixel = 0; pixel < grey.length; pixel++) {
      data[plane + pixel] = clampUnit(factor * image.data[plane + pixel] + (1 - factor) * grey[pixel]);
    }
  }
  return { ...image, data };
}

/**
 * Saturation times a factor: 0 is grey, 1 the picture itself. Grey pictures stay.
 *
 * Formula: y = factor·x + (1 - factor)·grey, between 0 and 1
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const red = { data: new Float32Array([1, 0, 0]), channels: 3, height: 1, width: 1 };
 * transforms.adjustSaturation(0)(red, new transforms.Random(0, 0, 0)).data; // → [0.2989, 0.2989, 0.2989]
 * ```
 */
export function adjustSaturation(factor: number): Transform {
  const op = 'adjustSaturation';
  checkFactor(op, factor);
  return (image) => {
    checkColours(op, image);
    return saturated(image, factor);
  };
}

/** Which sixth of the colour circle, from 0 to 6, a colour of these parts lies in; `most` is the largest of them, `span` above the least. */
function sixthOf(r: number, g: number, b: number, most: number, span: number): number {
  if (most === r) return (g - b) / span;
  return most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
}

/** Turns the colours of pictures by a share of the colour circle: to hue, saturation and value, and back (A. Smith, 1978). */
function hueTurned(image: Image, turn: number): Image {
  if (image.channels === 1) return image;
  const { data, height, width } = image;
  const size = height * width;
  const made = new Float32Array(data.length);
  for (let pixel = 0; pixel < size; pixel++) {
    const [r, g, b] = [data[pixel], data[size + pixel], data[2 * size + pixel]];
    const most = Math.max(r, g, b);
    const span = most - Math.min(r, g, b);
    const place = span === 0 ? 0 : sixthOf(r, g, b, most, span) + 6 * turn + 12;
    for (let plane = 0; plane < 3; plane++) {
      // Each part falls from the largest to the least and rises again, a third of the circle behind the one before it.
      const part = (place + 5 - 2 * plane) % 6;
      made[plane * size + pixel] = most - span * Math.max(0, Math.min(part, 4 - part, 1));
    }
  }
  return { ...image, data: made };
}

/**
 * Colours turned by a share of the colour circle, from -0.5 to 0.5. Grey pictures stay.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const red = { data: new Float32Array([1, 0, 0]), channels: 3, height: 1, width: 1 };
 * transforms.adjustHue(1 / 3)(red, new transforms.Random(0, 0, 0)).data; // → [0, 1, 0]
 * ```
 */
export function adjustHue(turn: number): Transform {
  const op = 'adjustHue';
  if (!(turn >= -0.5 && turn <= 0.5)) {
    throw new ArgumentError(`the turn is from -0.5 to 0.5 of the colour circle, got ${turn}`, { op });
  }
  return (image) => {
    checkColours(op, image);
    return hueTurned(image, turn);
  };
}

/** How much at most: the factor is from 1 - amount (but not below 0) to 1 + amount; or the factors' range. */
type Amount = number | readonly [least: number, most: number];

export interface ColorJitterOptions {
  /** Default: none. */
  readonly brightness?: Amount;
  /** Default: none. */
  readonly contrast?: Amount;
  /** Default: none. */
  readonly saturation?: Amount;
  /** Turn at most, up to 0.5, or its range. Default: none. */
  readonly hue?: Amount;
}

function amountOf(
  op: string,
  name: keyof ColorJitterOptions,
  amount: Amount | undefined,
): readonly [number, number] | null {
  if (amount === undefined || amount === 0) return null;
  const isHue = name === 'hue';
  const range =
    typeof amount !== 'number'
      ? amount
      : isHue
        ? ([-amount, amount] as const)
        : ([Math.max(0, 1 - amount), 1 + amount] as const);
  const [least, most] = isHue ? [-0.5, 0.5] : [0, Number.MAX_VALUE];
  const isRange = range.length === 2 && range[0] <= range[1] && range[0] >= least && range[1] <= most;
  if (isRange && !(typeof amount === 'number' && amount < 0)) return range;
  throw new ArgumentError(
    `${name} is a number ${isHue ? 'from 0 to 0.5' : 'from 0 on'}, or [least, most], got ${JSON.stringify(amount)}`,
    { op },
  );
}

/**
 * Brightness, contrast, saturation and hue changed at random, in random order.
 *
 * @throws ArgumentError for amounts that are none, and for pictures of other than 1 or 3 planes.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.5, 0.5, 0.5]), channels: 3, height: 1, width: 1 };
 * const jitter = transforms.colorJitter({ brightness: [2, 2], hue: 0.1 });
 * jitter(image, new transforms.Random(1, 0, 0)).data; // → [1, 1, 1]
 * ```
 */
export function colorJitter(options: ColorJitterOptions): Transform {
  const op = 'colorJitter';
  const names = ['brightness', 'contrast', 'saturation', 'hue'] as const;
  optionsOf(op, options, names);
  const changes = [brightened, contrasted, saturated, hueTurned];
  const ranges = names.map((name) => amountOf(op, name, options[name]));
  return (given, random) => {
    checkColours(op, given);
    let image = given;
    for (const place of random.permutation(changes.length)) {
      const range = ranges[place];
      if (range) image = changes[place](image, random.uniform(...range));
    }
    return image;
  };
}

/**
 * Brings the numbers of each plane to mean 0 and standard deviation 1, where `mean` and `std` are those of the data.
 *
 * Formula: y[c] = (x[c] - mean[c]) / std[c]
 *
 * @throws ArgumentError for a standard deviation that is not above 0, and for other counts than the planes'.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0, 1]), channels: 1, height: 1, width: 2 };
 * transforms.normalize(0.5, 0.25)(image, new transforms.Random(0, 0, 0)).data; // → [-2, 2]
 * ```
 */
export function normalize(mean: number | readonly number[], std: number | readonly number[]): Transform {
  const op = 'normalize';
  const numbers = [mean, std].flat();
  if (!numbers.every(Number.isFinite) || [std].flat().some((value) => (value as number) <= 0)) {
    throw new ArgumentError(`mean and std are finite, std above 0; got [${mean}] and [${std}]`, { op });
  }
  return (image) => {
    const { data, channels } = image;
    const [means, stds] = [perPlane(op, 'mean', mean, channels), perPlane(op, 'std', std, channels)];
    const made = new Float32Array(data.length);
    const size = data.length / channels;
    for (let plane = 0; plane < channels; plane++) {
      const [center, factor] = [means[plane], 1 / stds[plane]];
      for (let i = plane * size; i < (plane + 1) * size; i++) made[i] = (data[i] - center) * factor;
    }
    return { ...image, data: made };
  };
}
