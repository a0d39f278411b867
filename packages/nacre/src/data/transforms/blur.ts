import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { type Image, type Size, sizeOfBoth, type Transform } from './image.ts';

function gaussianKernel(size: number, sigma: number): Float32Array {
  const half = (size - 1) / 2;
  const weights = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (weight) => weight / sum);
}

/** Beyond its ends a line goes on as its mirror image. */
const mirror = (place: number, length: number): number =>
  place < 0 ? -place : place >= length ? 2 * length - 2 - place : place;

/** Each line of `length` pixels, `step` places apart, with the kernel over it. */
function blurLines(
  data: Float32Array,
  begins: Int32Array,
  length: number,
  step: number,
  kernel: Float32Array,
): Float32Array {
  const made = new Float32Array(data.length);
  const half = (kernel.length - 1) / 2;
  for (const begin of begins) {
    for (let place = 0; place < length; place++) {
      let sum = 0;
      for (let j = 0; j < kernel.length; j++) {
        sum += kernel[j] * data[begin + mirror(place + j - half, length) * step];
      }
      made[begin + place * step] = sum;
    }
  }
  return made;
}

function blurred(image: Image, [high, wide]: readonly [number, number], sigma: number): Image {
  const { data, channels, height, width } = image;
  const rows = Int32Array.from({ length: channels * height }, (_, row) => row * width);
  const columns = Int32Array.from(
    { length: channels * width },
    (_, i) => Math.floor(i / width) * height * width + (i % width),
  );
  const across = blurLines(data, rows, width, 1, gaussianKernel(wide, sigma));
  return { ...image, data: blurLines(across, columns, height, width, gaussianKernel(high, sigma)) };
}

/**
 * Blurs pictures by a normal curve; beyond their sides they go on as their mirror image. `sigma` in pixels, or its range, of which one is
 * drawn for each picture.
 *
 * Formula: y = Σ w[i]·w[j]·x[· + i, · + j], w[i] ∝ exp(-i² / (2·sigma²))
 *
 * @throws ArgumentError for a kernel of even size, or as large as the picture and its mirror image.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0, 1, 0]), channels: 1, height: 1, width: 3 };
 * transforms.gaussianBlur([1, 3], { sigma: 1 })(image, new transforms.Random(0, 0, 0)).data; // → [0.5481, 0.4519, 0.5481]
 * ```
 */
export function gaussianBlur(
  kernelSize: Size,
  options: { readonly sigma?: number | readonly [least: number, most: number] } = {},
): Transform {
  const op = 'gaussianBlur';
  const { sigma = [0.1, 2] } = optionsOf(op, options, ['sigma']);
  const kernel = sizeOfBoth(op, kernelSize);
  const [least, most] = typeof sigma === 'number' ? [sigma, sigma] : sigma;
  if (kernel.some((side) => side % 2 === 0)) {
    throw new ArgumentError(`a kernel has odd sides, got ${kernel.join(' x ')}`, { op });
  }
  if (!(least > 0 && least <= most)) {
    throw new ArgumentError(`sigma is above 0, or [least, most], got ${JSON.stringify(sigma)}`, { op });
  }
  return (image, random) => {
    if (kernel[0] >= 2 * image.height || kernel[1] >= 2 * image.width) {
      throw new ArgumentError(
        `a kernel of ${kernel.join(' x ')} is too large for ${image.height} x ${image.width} pixels`,
        { op },
      );
    }
    return blurred(image, kernel, least === most ? least : random.uniform(least, most));
  };
}

/**
 * Sharpness by a factor: 0 is a smoothed picture, 1 the picture itself, 2 sharper. The pixels at its sides stay.
 *
 * Formula: y = factor·x + (1 - factor)·smooth(x), between 0 and 1
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0, 0, 0, 0, 1, 0, 0, 0, 0]), channels: 1, height: 3, width: 3 };
 * transforms.adjustSharpness(0)(image, new transforms.Random(0, 0, 0)).data[4]; // → 0.3846
 * ```
 */
export function adjustSharpness(factor: number): Transform {
  if (!(Number.isFinite(factor) && factor >= 0)) {
    throw new ArgumentError(`the factor is a number from 0 on, got ${factor}`, { op: 'adjustSharpness' });
  }
  return (image) => {
    const { data, channels, height, width } = image;
    const made = data.slice();
    for (let plane = 0; plane < channels; plane++) {
      for (let row = 1; row < height - 1; row++) {
        for (let column = 1; column < width - 1; column++) {
          const at = (plane * height + row) * width + column;
          let sum = 4 * data[at];
          for (const line of [at - width, at, at + width])
            sum += data[line - 1] + data[line] + data[line + 1];
          const value = factor * data[at] + ((1 - factor) * sum) / 13;
          made[at] = value < 0 ? 0 : value > 1 ? 1 : value;
        }
      }
    }
    return { ...image, data: made };
  };
}
