import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { affine, rotate, type WarpOptions } from './affine.ts';
import { adjustSharpness } from './blur.ts';
import { adjustBrightness, adjustContrast, adjustSaturation } from './colour.ts';
import { checkColours, type Image, mapPixels, type Transform } from './image.ts';
import type { Random } from './random.ts';

/** The levels of bytes that a value from 0 to 1 is nearest to. */
const byteOf = (value: number): number => Math.min(255, Math.max(0, Math.round(value * 255)));

/**
 * Keeps the upper bits of each byte, 1 to 8.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 100 / 255]), channels: 1, height: 1, width: 2 };
 * transforms.posterize(1)(image, new transforms.Random(0, 0, 0)).data; // → [0.50196, 0]
 * ```
 */
export function posterize(bits: number): Transform {
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= 8)) {
    throw new ArgumentError(`bits is a whole number from 0 to 8, got ${bits}`, { op: 'posterize' });
  }
  const mask = 256 - 2 ** (8 - bits);
  return (image) => mapPixels(image, (value) => (byteOf(value) & mask) / 255);
}

/**
 * Inverts what is at or above a threshold from 0 to 1.
 *
 * Formula: y = x < threshold ? x : 1 - x
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.25, 0.75]), channels: 1, height: 1, width: 2 };
 * transforms.solarize(0.5)(image, new transforms.Random(0, 0, 0)).data; // → [0.25, 0.25]
 * ```
 */
export function solarize(threshold: number): Transform {
  if (!(threshold >= 0)) {
    throw new ArgumentError(`the threshold is a number from 0 on, got ${threshold}`, { op: 'solarize' });
  }
  return (image) => mapPixels(image, (value) => (value < threshold ? value : 1 - value));
}

/** Each plane changed by a function of all its numbers. */
function mapPlanes(image: Image, change: (plane: Float32Array) => (value: number) => number): Image {
  const size = image.height * image.width;
  const data = new Float32Array(image.data.length);
  for (let plane = 0; plane < image.channels; plane++) {
    const part = image.data.subarray(plane * size, (plane + 1) * size);
    data.set(part.map(change(part)), plane * size);
  }
  return { ...image, data };
}

/**
 * Stretches the numbers of each plane to 0 to 1.
 *
 * Formula: y[c] = (x[c] - min x[c]) / (max x[c] - min x[c])
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.25, 0.5, 0.75]), channels: 1, height: 1, width: 3 };
 * transforms.autocontrast()(image, new transforms.Random(0, 0, 0)).data; // → [0, 0.5, 1]
 * ```
 */
export const autocontrast = (): Transform => (image) =>
  mapPlanes(image, (plane) => {
    const least = plane.reduce((a, b) => Math.min(a, b));
    const span = plane.reduce((a, b) => Math.max(a, b)) - least;
    return (value) => (span === 0 ? value : (value - least) / span);
  });

/**
 * Spreads the levels of each plane, as bytes, so that all are about as frequent.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0.1, 0.1, 0.2, 0.3]), channels: 1, height: 1, width: 4 };
 * const { data } = transforms.equalize()(image, new transforms.Random(0, 0, 0));
 * data[0] < data[2] && data[2] < data[3]; // → true
 * ```
 */
export const equalize = (): Transform => (image) =>
  mapPlanes(image, (plane) => {
    const counts = new Int32Array(256);
    for (const value of plane) counts[byteOf(value)]++;
    const last = counts.findLast((count) => count > 0)!;
    const step = Math.floor((plane.length - last) / 255);
    if (step === 0) return (value) => value;
    let below = 0;
    const table = counts.map((count) => {
      const level = Math.min(255, Math.floor((below + (step >> 1)) / step));
      below += count;
      return level;
    });
    return (value) => table[byteOf(value)] / 255;
  });

/** Steps between nothing and the most of a change. */
const bins = 31;

type Change = (strength: number, sign: number, warp: WarpOptions) => Transform;
const identity: Transform = (image) => image;
const signed =
  (make: (amount: number, warp: WarpOptions) => Transform): Change =>
  (strength, sign, warp) =>
    make(sign * strength, warp);

/** The changes and their most (`wide` of the paper; as torchvision has them). A shear's magnitude is a tangent, pinned to the upper left corner. */
const changes: readonly Change[] = [
  () => identity,
  signed((a, warp) => affine({ shear: [degreesOf(0.99 * a), 0], center: [0, 0], ...warp })),
  signed((a, warp) => affine({ shear: [0, degreesOf(0.99 * a)], center: [0, 0], ...warp })),
  signed((a, warp) => affine({ translate: [Math.trunc(32 * a), 0], ...warp })),
  signed((a, warp) => affine({ translate: [0, Math.trunc(32 * a)], ...warp })),
  signed((a, warp) => rotate(135 * a, warp)),
  signed((a) => adjustBrightness(1 + 0.99 * a)),
  signed((a) => adjustSaturation(1 + 0.99 * a)),
  signed((a) => adjustContrast(1 + 0.99 * a)),
  signed((a) => adjustSharpness(1 + 0.99 * a)),
  (strength) => posterize(8 - Math.round(6 * strength)),
  (strength) => solarize(1 - strength),
  () => autocontrast(),
  () => equalize(),
];

const degreesOf = (tangent: number): number => (Math.atan(tangent) * 180) / Math.PI;

/**
 * One change of random kind and strength: turning, shearing, moving, colours and others (S. Müller and F. Hutter, "TrivialAugment", 2021, its
 * wide space). Takes pictures of numbers from 0 to 1, so it comes before `normalize`.
 *
 * @throws ArgumentError for pictures of other than 1 or 3 planes.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array(16 * 16 * 3).fill(0.5), channels: 3, height: 16, width: 16 };
 * transforms.trivialAugment()(image, new transforms.Random(1, 0, 0)).width; // → 16
 * ```
 */
export function trivialAugment(options: WarpOptions = {}): Transform {
  const op = 'trivialAugment';
  const warp = optionsOf(op, options, ['interpolation', 'fill']);
  return (image, random: Random) => {
    checkColours(op, image);
    const change = changes[random.integer(changes.length)];
    const strength = random.integer(bins) / (bins - 1);
    const sign = random.chance(0.5) ? -1 : 1;
    return change(strength, sign, warp)(image, random);
  };
}
