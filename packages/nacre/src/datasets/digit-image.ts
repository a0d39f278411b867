import { ArgumentError, DataError } from '../base/errors.ts';
import type { Pixels } from '../data/pixels.ts';
import { type Plane, resample, shrinkToFit } from './area-average.ts';
import { imageSize } from './mnist-files.ts';

export interface DigitImage {
  /** 28 x 28 pixels, 0 background, 255 ink. */
  readonly image: Uint8Array;
  /** True if the ink was darker than its background, as on paper. */
  readonly inverted: boolean;
}

const op = 'toMnistDigit';
/** MNIST's digits fill a square of this side, which is then placed in the 28 x 28 one. */
const digitSize = 20;
const maxPixels = 100_000_000;
/** Larger pictures are averaged down to this first: 50 times the digit's final size, and paper grain averages out. */
const workingSize = 1024;
/** Luma levels between background and ink below which a picture counts as one flat colour. */
const leastContrast = 8;
/** Noise reaches this many times the background's spread (its 80th percentile): 3.2 standard deviations. */
const noiseFactor = 2.5;
/** Noise is never taken for more than this share of the ink: a digit that touches the border only looks like noise. */
const mostNoise = 0.4;
/** Where it seems to be that much, the largest piece of ink must hold this share of all, or there is only noise. */
const leastCoherence = 0.3;
/** Pixels under this share of full ink do not connect strokes, nor widen the box around the digit. */
const faintInk = 0.25;
/** A connected piece with less than this share of the largest piece's ink is a speck, not a stroke. */
const speckShare = 0.02;

function checkPixels({ data, width, height, channels }: Pixels): void {
  if (![1, 2, 3, 4].includes(channels))
    throw new ArgumentError(`channels is 1, 2, 3 or 4, got ${channels}`, { op });
  for (const [name, length] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(length) || length < 0)
      throw new ArgumentError(`${name} is an integer, got ${length}`, { op });
  }
  if (width * height === 0)
    throw new ArgumentError(`the picture has no pixels (${width} x ${height})`, { op });
  if (width * height > maxPixels) {
    throw new ArgumentError(`the picture has ${width} x ${height} pixels`, {
      op,
      hint: 'Give one of 100 million pixels or fewer',
    });
  }
  if (data.length !== width * height * channels) {
    throw new ArgumentError(
      `${width} x ${height} pixels of ${channels} channels take ${width * height * channels} bytes, the data has ${data.length}`,
      { op },
    );
  }
}

/** Luma (ITU-R BT.601) weighted by alpha, and alpha itself, of 0 to 255, row by row at the working size. */
function toPlanes({ data, width, height, channels }: Pixels): { weighted: Plane; alpha: Plane } {
  const coloured = channels >= 3;
  const hasAlpha = channels === 2 || channels === 4;
  const alphaRow = (row: number, into: Float32Array): void => {
    if (!hasAlpha) {
      into.fill(255);
      return;
    }
    let at = row * width * channels + channels - 1;
    for (let column = 0; column < width; column++, at += channels) into[column] = data[at];
  };
  const weightedRow = (row: number, into: Float32Array): void => {
    let at = row * width * channels;
    for (let column = 0; column < width; column++, at += channels) {
      const luma = coloured ? 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2] : data[at];
      into[column] = hasAlpha ? (luma * data[at + channels - 1]) / 255 : luma;
    }
  };
  return {
    weighted: shrinkToFit(width, height, workingSize, weightedRow),
    alpha: shrinkToFit(width, height, workingSize, alphaRow),
  };
}

/** The `share` quantile of numbers: 0.5 is the median. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The level of the strokes' cores: a high quantile, because one strong pixel must not decide the whole. */
const strokeLevel = (values: Float32Array, peak: number): number =>
  quantile(
    values.filter((value) => value >= peak / 2),
    0.9,
  );

/** The values along the four sides, where a picture of a digit shows its background. */
function borderOf({ values, width, height }: Plane): Float32Array {
  const side: number[] = [];
  for (let column = 0; column < width; column++)
    side.push(values[column], values[(height - 1) * width + column]);
  for (let row = 1; row < height - 1; row++) side.push(values[row * width], values[row * width + width - 1]);
  return Float32Array.from(side);
}

/**
 * What shows through transparent pixels: the border's colour where the border is mostly opaque (rounded corners),
 * else the opposite of what is drawn, which must have been meant for a page it can be seen on.
 */
function backgroundLuma(weighted: Plane, alpha: Plane): number {
  const borderAlpha = borderOf(alpha);
  if (quantile(borderAlpha, 0.5) >= 128) {
    const opaque = borderOf(weighted).filter((_, at) => borderAlpha[at] >= 254);
    if (opaque.length > 0) return quantile(opaque, 0.5);
  }
  let luma = 0;
  let visible = 0;
  weighted.values.forEach((value, at) => {
    luma += value;
    visible += alpha.values[at];
  });
  return luma * 255 < 127.5 * visible ? 255 : 0;
}

function toLuma(pixels: Pixels): Plane {
  const { weighted, alpha } = toPlanes(pixels);
  const background = backgroundLuma(weighted, alpha);
  const values = weighted.values.map((value, at) => value + background * (1 - alpha.values[at] / 255));
  return { ...weighted, values };
}

interface Ink {
  /** 0 background to 1 full ink. */
  readonly plane: Plane;
  /** True if the background varies about as much as the ink stands out. */
  readonly noisy: boolean;
  readonly inverted: boolean;
}

/**
 * What stands out from the background. The background is the border's median and its noise the spread around that;
 * the ink is whichever side of it, darker or lighter, differs more in sum. Ink rises from 0 where noise ends to 1 as
 * far below its own level, so that the middle of a stroke's edge, and with it the stroke's width, stays where it is.
 */
function findInk(luma: Plane): Ink {
  const border = borderOf(luma);
  const background = quantile(border, 0.5);
  const spread =
    noiseFactor *
    quantile(
      border.map((value) => Math.abs(value - background)),
      0.8,
    );
  let darker = 0;
  let lighter = 0;
  let darkest = 0;
  let lightest = 0;
  for (const value of luma.values) {
    const distance = value - background;
    darker += Math.max(0, -distance - spread);
    lighter += Math.max(0, distance - spread);
    darkest = Math.max(darkest, -distance);
    lightest = Math.max(lightest, distance);
  }
  const inverted = darker === lighter ? darkest > lightest : darker > lighter;
  const peak = inverted ? darkest : lightest;
  if (peak < leastContrast) {
    throw new DataError('no digit found: the picture is one flat colour', {
      op,
      hint: 'Give a digit that stands out from its background',
    });
  }
  const sign = inverted ? -1 : 1;
  const strengths = luma.values.map((value) => sign * (value - background));
  const full = strokeLevel(strengths, peak);
  const noise = Math.min(spread, mostNoise * full);
  const values = strengths.map((strength) =>
    Math.min(1, Math.max(0, (strength - noise) / (full - 2 * noise))),
  );
  return { plane: { ...luma, values }, noisy: noise < spread, inverted };
}

/** A connected piece of ink. */
interface Piece {
  readonly pixels: readonly number[];
  readonly ink: number;
}

/** The pieces of ink above `threshold`, connected over sides and corners. */
function connectedPieces({ values, width, height }: Plane, threshold: number): Piece[] {
  const seen = new Uint8Array(values.length);
  const pieces: Piece[] = [];
  for (let start = 0; start < values.length; start++) {
    if (seen[start] || values[start] <= threshold) continue;
    const pixels = [start];
    let ink = 0;
    seen[start] = 1;
    for (let next = 0; next < pixels.length; next++) {
      const at = pixels[next];
      ink += values[at];
      const row = Math.floor(at / width);
      const column = at - row * width;
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          const near = y * width + x;
          if (seen[near] || values[near] <= threshold) continue;
          seen[near] = 1;
          pixels.push(near);
        }
      }
    }
    pieces.push({ pixels, ink });
  }
  return pieces;
}

/** The digit alone, cut out along its bounding box: specks removed, faint edges of strokes kept. */
function cropDigit({ plane, noisy }: Ink): Plane {
  const { width } = plane;
  const pieces = connectedPieces(plane, faintInk);
  const largest = pieces.reduce((most, piece) => (piece.ink > most.ink ? piece : most));
  const all = pieces.reduce((sum, { ink }) => sum + ink, 0);
  if (noisy && largest.ink < leastCoherence * all) {
    throw new DataError('no digit found: nothing stands out from the noise of the background', {
      op,
      hint: 'Give a clearer picture',
    });
  }
  const values = plane.values.slice();
  let top = plane.height;
  let left = width;
  let bottom = -1;
  let right = -1;
  for (const { pixels, ink } of pieces) {
    const isSpeck = ink < speckShare * largest.ink;
    for (const at of pixels) {
      if (isSpeck) {
        values[at] = 0;
        continue;
      }
      const row = Math.floor(at / width);
      const column = at - row * width;
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      left = Math.min(left, column);
      right = Math.max(right, column);
    }
  }
  const cropped: Plane = {
    width: right - left + 1,
    height: bottom - top + 1,
    values: new Float32Array((right - left + 1) * (bottom - top + 1)),
  };
  for (let row = top; row <= bottom; row++) {
    cropped.values.set(
      values.subarray(row * width + left, row * width + right + 1),
      (row - top) * cropped.width,
    );
  }
  return cropped;
}

/** Scales to 20 pixels on the longer side; MNIST's strokes reach full ink, so thin or pale ones are raised to it. */
function normalise(digit: Plane): Plane {
  const scale = digitSize / Math.max(digit.width, digit.height);
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  const scaled = resample(digit, side(digit.width), side(digit.height));
  const peak = scaled.values.reduce((most, value) => Math.max(most, value), 0);
  const full = strokeLevel(scaled.values, peak);
  return { ...scaled, values: scaled.values.map((value) => Math.min(255, Math.round((value / full) * 255))) };
}

/** Where a side of the digit starts in 28 pixels so that its centre of mass falls in the middle, [13.5, 14.5). */
function placeSide(length: number, centre: number): number {
  return Math.min(imageSize - length, Math.max(0, Math.ceil(imageSize / 2 - 0.5 - centre)));
}

function centreByMass({ values, width, height }: Plane): Uint8Array {
  let mass = 0;
  let massX = 0;
  let massY = 0;
  values.forEach((value, at) => {
    mass += value;
    massX += value * (at % width);
    massY += value * Math.floor(at / width);
  });
  const left = placeSide(width, massX / mass);
  const top = placeSide(height, massY / mass);
  const image = new Uint8Array(imageSize * imageSize);
  for (let row = 0; row < height; row++) {
    image.set(values.subarray(row * width, (row + 1) * width), (top + row) * imageSize + left);
  }
  return image;
}

/**
 * Makes of any picture of one digit (photo, scan, drawing, any colours, alpha) what a network trained on MNIST
 * expects, by the steps its training images went through: light ink on black, cropped to the ink, scaled to fit
 * 20 x 20 with its proportions kept and edges averaged to grey, placed in 28 x 28 by its centre of mass.
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"; the exact centre is that of
 * its files, where all centres of mass lie from 13.5 to 14.5.
 *
 * @throws ArgumentError for a picture without pixels, of more than 100 million, or whose data does not fit its
 * size; DataError if it shows one flat colour, or noise alone.
 *
 * @example
 * ```ts
 * import { toMnistDigit } from 'nacre/datasets';
 * const data = new Uint8Array(40 * 40).fill(255); // a black stroke on white paper
 * for (let row = 8; row < 32; row++) data.fill(0, row * 40 + 18, row * 40 + 22);
 * const { image, inverted } = toMnistDigit({ data, width: 40, height: 40, channels: 1 });
 * image.length; // → 784
 * inverted; // → true
 * ```
 */
export function toMnistDigit(pixels: Pixels): DigitImage {
  checkPixels(pixels);
  const ink = findInk(toLuma(pixels));
  return { image: centreByMass(normalise(cropDigit(ink))), inverted: ink.inverted };
}
