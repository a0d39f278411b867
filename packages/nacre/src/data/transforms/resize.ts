import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { blank, type Image, type Size, sizeOfBoth, type Transform } from './image.ts';

/** How pixels between pixels are made: the nearest one, of four, or of sixteen. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

export interface ResizeOptions {
  /** Default bilinear. */
  readonly interpolation?: Interpolation;
  /** Whether a smaller picture averages what it leaves out; without it thin lines break. Default: yes. Nearest never does. */
  readonly antialias?: boolean;
  /** Most pixels on the longer side, where the size is that of the shorter one. Default: none. */
  readonly maxSize?: number;
}

export const interpolations: readonly string[] = ['nearest', 'bilinear', 'bicubic'];

/** Throws an ArgumentError for an interpolation that is none. */
export function checkInterpolation(op: string, interpolation: string): void {
  if (interpolations.includes(interpolation)) return;
  throw new ArgumentError(
    `interpolation is ${interpolations.join(', ')}, got ${JSON.stringify(interpolation)}`,
    { op },
  );
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Keys's cubic ("Cubic convolution interpolation for digital image processing", 1981) with the parameter a. */
function cubic(a: number): (x: number) => number {
  return (given) => {
    const x = Math.abs(given);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
  };
}

/** What a line of `to` pixels takes of a line of `from`: for each, `count` weights of the pixels from `begin` on. */
interface Taps {
  readonly begin: Int32Array;
  readonly count: Int32Array;
  /** `most` places for each pixel. */
  readonly weights: Float32Array;
  readonly most: number;
}

/** Weights of a filter that grows with the step where `antialias`; at the ends those inside share what falls outside. */
function filterTaps(from: number, to: number, filter: (x: number) => number, radius: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = radius * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const taps = emptyTaps(to, most);
  for (let into = 0; into < to; into++) {
    const center = scale * (into + 0.5);
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - begin;
    const weights = Array.from({ length: count }, (_, j) => filter((j + begin - center + 0.5) / stretch));
    const sum = weights.reduce((a, b) => a + b, 0);
    taps.begin[into] = begin;
    taps.count[into] = count;
    weights.forEach((weight, j) => {
      taps.weights[into * most + j] = weight / sum;
    });
  }
  return taps;
}

/** Weights of the pixels next to each place, however large the step; beyond the ends the last pixel is repeated. */
function pointTaps(from: number, to: number, filter: (x: number) => number, radius: number): Taps {
  const scale = from / to;
  const taps = emptyTaps(to, 2 * radius);
  for (let into = 0; into < to; into++) {
    const place = scale * (into + 0.5) - 0.5;
    const source = radius === 1 ? Math.max(0, place) : place;
    const left = Math.floor(source) - radius + 1;
    const clamp = (pixel: number): number => Math.min(from - 1, Math.max(0, pixel));
    taps.begin[into] = clamp(left);
    taps.count[into] = clamp(left + 2 * radius - 1) - taps.begin[into] + 1;
    for (let j = left; j < left + 2 * radius; j++) {
      taps.weights[into * taps.most + clamp(j) - taps.begin[into]] += filter(j - source);
    }
  }
  return taps;
}

function nearestTaps(from: number, to: number): Taps {
  const taps = emptyTaps(to, 1);
  taps.count.fill(1);
  taps.weights.fill(1);
  for (let into = 0; into < to; into++) taps.begin[into] = Math.min(from - 1, Math.floor((into * from) / to));
  return taps;
}

const emptyTaps = (to: number, most: number): Taps => ({
  begin: new Int32Array(to),
  count: new Int32Array(to),
  weights: new Float32Array(to * most),
  most,
});

function makeTaps(from: number, to: number, interpolation: Interpolation, antialias: boolean): Taps {
  if (interpolation === 'nearest') return nearestTaps(from, to);
  const isCubic = interpolation === 'bicubic';
  // As PyTorch has it: -0.5 for the filter (which is Pillow's), -0.75 for the points.
  if (antialias) return filterTaps(from, to, isCubic ? cubic(-0.5) : triangle, isCubic ? 2 : 1);
  return pointTaps(from, to, isCubic ? cubic(-0.75) : triangle, isCubic ? 2 : 1);
}

/** Crops of random sizes ask for ever new lengths; so many are kept. */
const mostKept = 512;
const kept = new Map<string, Taps>();

function tapsOf(from: number, to: number, interpolation: Interpolation, antialias: boolean): Taps {
  const name = `${from} ${to} ${interpolation} ${antialias}`;
  const known = kept.get(name);
  if (known) return known;
  const taps = makeTaps(from, to, interpolation, antialias);
  if (kept.size >= mostKept) kept.clear();
  kept.set(name, taps);
  return taps;
}

/** A picture at another size: along the rows, then along the columns. */
export function resized(
  image: Image,
  height: number,
  width: number,
  interpolation: Interpolation,
  antialias: boolean,
): Image {
  const { data, channels } = image;
  if (height === image.height && width === image.width) return image;
  const across = tapsOf(image.width, width, interpolation, antialias);
  const down = tapsOf(image.height, height, interpolation, antialias);
  const lines = channels * image.height;
  const narrow = new Float32Array(lines * width);
  for (let line = 0; line < lines; line++) {
    const at = line * image.width;
    for (let column = 0; column < width; column++) {
      const [begin, first] = [at + across.begin[column], column * across.most];
      let sum = 0;
      for (let j = 0; j < across.count[column]; j++) sum += data[begin + j] * across.weights[first + j];
      narrow[line * width + column] = sum;
    }
  }
  const made = blank(channels, height, width);
  for (let plane = 0; plane < channels; plane++) {
    for (let row = 0; row < height; row++) {
      const out = (plane * height + row) * width;
      for (let j = 0; j < down.count[row]; j++) {
        const weight = down.weights[row * down.most + j];
        const at = (plane * image.height + down.begin[row] + j) * width;
        for (let column = 0; column < width; column++)
          made.data[out + column] += weight * narrow[at + column];
      }
    }
  }
  return made;
}

/** Height and width where the shorter side is to have `size` pixels, and the longer at most `maxSize`. */
function sizeByShorter(
  op: string,
  { height, width }: Image,
  size: number,
  maxSize: number | undefined,
): readonly [number, number] {
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  let [newShort, newLong] = [size, Math.trunc((size * long) / short)];
  if (maxSize !== undefined && maxSize <= size) {
    throw new ArgumentError(`maxSize ${maxSize} is not above the size of the shorter side, ${size}`, { op });
  }
  if (maxSize !== undefined && newLong > maxSize) {
    [newShort, newLong] = [Math.trunc((maxSize * newShort) / newLong), maxSize];
  }
  return height <= width ? [newShort, newLong] : [newLong, newShort];
}

/**
 * Brings pictures to a size: [height, width], or one number for the shorter side, the longer in proportion. As torchvision's Resize of
 * tensors does; bicubic may leave the range from 0 to 1.
 *
 * @throws ArgumentError for a size or interpolation that is none.
 *
 * Shapes: [channels, height, width] → [channels, height', width']
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([0, 1, 0, 1]), channels: 1, height: 1, width: 4 };
 * transforms.resize([1, 2], { interpolation: 'nearest' })(image, new transforms.Random(0, 0, 0)).data; // → [0, 0]
 * ```
 */
export function resize(size: Size, options: ResizeOptions = {}): Transform {
  const op = 'resize';
  const {
    interpolation = 'bilinear',
    antialias = true,
    maxSize,
  } = optionsOf(op, options, ['interpolation', 'antialias', 'maxSize']);
  sizeOfBoth(op, size);
  checkInterpolation(op, interpolation);
  return (image) => {
    const [height, width] = typeof size === 'number' ? sizeByShorter(op, image, size, maxSize) : size;
    return resized(image, height, width, interpolation, antialias);
  };
}
