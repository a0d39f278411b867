import { optionsOf } from '../../base/options.ts';
import { checkProbability, type Image, type Transform } from './image.ts';

function mirrored(image: Image): Image {
  const { data, channels, height, width } = image;
  const made = new Float32Array(data.length);
  for (let line = 0; line < channels * height; line++) {
    const begin = line * width;
    for (let column = 0, from = begin + width - 1; column < width; column++, from--) {
      made[begin + column] = data[from];
    }
  }
  return { ...image, data: made };
}

function upsideDown(image: Image): Image {
  const { data, channels, height, width } = image;
  const made = new Float32Array(data.length);
  for (let plane = 0; plane < channels; plane++) {
    for (let row = 0; row < height; row++) {
      const from = (plane * height + row) * width;
      made.set(data.subarray(from, from + width), (plane * height + height - 1 - row) * width);
    }
  }
  return { ...image, data: made };
}

/**
 * Left and right exchanged.
 *
 * Formula: y[c, i, j] = x[c, i, width - 1 - j]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 1, width: 2 };
 * transforms.horizontalFlip()(image, new transforms.Random(0, 0, 0)).data; // → [2, 1]
 * ```
 */
export const horizontalFlip = (): Transform => mirrored;

/**
 * Top and bottom exchanged.
 *
 * Formula: y[c, i, j] = x[c, height - 1 - i, j]
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 2, width: 1 };
 * transforms.verticalFlip()(image, new transforms.Random(0, 0, 0)).data; // → [2, 1]
 * ```
 */
export const verticalFlip = (): Transform => upsideDown;

function randomly(op: string, options: { readonly p?: number }, flip: (image: Image) => Image): Transform {
  const { p = 0.5 } = optionsOf(op, options, ['p']);
  checkProbability(op, p);
  return (image, random) => (random.chance(p) ? flip(image) : image);
}

/**
 * Left and right exchanged with a probability, by default a half.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 1, width: 2 };
 * transforms.randomHorizontalFlip({ p: 1 })(image, new transforms.Random(0, 0, 0)).data; // → [2, 1]
 * ```
 */
export const randomHorizontalFlip = (options: { readonly p?: number } = {}): Transform =>
  randomly('randomHorizontalFlip', options, mirrored);

/**
 * Top and bottom exchanged with a probability, by default a half.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 2, width: 1 };
 * transforms.randomVerticalFlip({ p: 0 })(image, new transforms.Random(0, 0, 0)).data; // → [1, 2]
 * ```
 */
export const randomVerticalFlip = (options: { readonly p?: number } = {}): Transform =>
  randomly('randomVerticalFlip', options, upsideDown);
