import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { checkNotEmpty, extent, tensorNumbers } from '../values.ts';

/** An image whose bytes stand row by row, each pixel's channels side by side: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
export interface ImageBytes {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** Default: what follows from the number of bytes. */
  readonly channels?: number;
}

/**
 * Images: a tensor [N, H, W] or [N, C, H, W] with C 1 or 3, or a list of tensors [H, W] or [C, H, W], or of decoded images.
 */
export type Images = Tensor | readonly (Tensor | ImageBytes)[];

/** An image as it is drawn: bytes, grey or RGB. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Numbers of one image, before they become bytes. */
export interface Plane {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Whether the channels come one after the other, as in tensors. */
  readonly isPlanar: boolean;
  /** Whether the numbers are bytes, 0 to 255, whatever they are. */
  readonly isBytes: boolean;
}

function planeOfTensor(op: string, image: Tensor): Plane {
  const { shape } = image;
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if ((shape.length !== 2 && shape.length !== 3) || (channels !== 1 && channels !== 3)) {
    throw new ShapeMismatchError(`an image has the shape ${showShape(shape)}`, {
      op,
      shapes: [shape],
      hint: 'Give [H, W], or [C, H, W] with 1 channel or 3',
    });
  }
  return {
    values: tensorNumbers(image),
    width,
    height,
    channels,
    isPlanar: true,
    isBytes: image.dtype === 'uint8',
  };
}

function planesOfTensor(op: string, images: Tensor): Plane[] {
  const { shape } = images;
  const isGrey = shape.length === 3;
  const [count, channels, height, width] = isGrey ? [shape[0], 1, shape[1], shape[2]] : shape;
  if ((shape.length !== 3 && shape.length !== 4) || (channels !== 1 && channels !== 3)) {
    throw new ShapeMismatchError(`images have the shape ${showShape(shape)}`, {
      op,
      shapes: [shape],
      hint: 'Give [N, H, W], or [N, C, H, W] with 1 channel or 3; featureMaps draws more channels',
    });
  }
  const all = tensorNumbers(images);
  const each = channels * height * width;
  return Array.from({ length: count }, (_, index) => ({
    values: all.subarray(index * each, (index + 1) * each),
    width,
    height,
    channels,
    isPlanar: true,
    isBytes: images.dtype === 'uint8',
  }));
}

function planeOfBytes(op: string, { data, width, height, channels }: ImageBytes): Plane {
  const found = channels ?? data.length / (width * height);
  if (![1, 2, 3, 4].includes(found) || data.length !== width * height * found) {
    throw new ShapeMismatchError(
      `${data.length} numbers are no image of ${width} x ${height} pixels with ${found} channels`,
      { op, hint: 'Give 1, 2, 3 or 4 numbers a pixel' },
    );
  }
  return { values: data, width, height, channels: found, isPlanar: false, isBytes: true };
}

/** Reads images, and throws a ShapeMismatchError unless all are of one size. */
export function planesOf(op: string, images: Images): Plane[] {
  if (!(images instanceof Tensor) && !Array.isArray(images)) {
    throw new ArgumentError('images are a tensor [N, C, H, W] or a list', { op });
  }
  const planes =
    images instanceof Tensor
      ? planesOfTensor(op, images)
      : images.map((image: Tensor | ImageBytes) =>
          image instanceof Tensor ? planeOfTensor(op, image) : planeOfBytes(op, image),
        );
  checkNotEmpty(op, planes.length, 'images');
  const [{ width, height }] = planes;
  checkNotEmpty(op, width * height, 'pixels');
  planes.forEach((plane, index) => {
    if (plane.width === width && plane.height === height) return;
    throw new ShapeMismatchError(
      `image ${index} has ${plane.width} x ${plane.height} pixels, those before ${width} x ${height}`,
      {
        op,
        shapes: [
          [height, width],
          [plane.height, plane.width],
        ],
        hint: 'Resize them to one size first',
      },
    );
  });
  return planes;
}

/** What is black and what is white where images are no bytes: the given range, 0 to 1 where all numbers lie there, else smallest to largest. */
export function brightnessOf(
  planes: readonly Plane[],
  range: readonly [low: number, high: number] | undefined,
): readonly [low: number, high: number] {
  if (range) return range;
  const extents = planes.flatMap(({ values, isBytes }) => (isBytes ? [] : (extent(values) ?? [])));
  const [low, high] = extent(extents) ?? [0, 1];
  if (low >= 0 && high <= 1) return [0, 1];
  return low < high ? [low, high] : [low, low + 1];
}

/** Turns numbers into bytes; those that are bytes stay so unless `isForced`. What is not a number is black; alpha is laid over white. */
export function rasterOf(
  plane: Plane,
  range: readonly [low: number, high: number],
  isForced = false,
): Raster {
  const { values, width, height, channels, isPlanar, isBytes } = plane;
  const [low, high] = isBytes && !isForced ? [0, 255] : range;
  const shown = channels <= 2 ? 1 : 3;
  const hasAlpha = channels === 2 || channels === 4;
  const pixels = width * height;
  const data = new Uint8Array(pixels * shown);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = hasAlpha ? values[(pixel + 1) * channels - 1] / 255 : 1;
    for (let channel = 0; channel < shown; channel++) {
      const value = values[isPlanar ? channel * pixels + pixel : pixel * channels + channel];
      const level = Math.min(1, Math.max(0, (value - low) / (high - low)));
      data[pixel * shown + channel] = Math.round(255 * (level * alpha + 1 - alpha));
    }
  }
  return { data, width, height, channels: shown };
}

/** Each pixel as a square of `factor` × `factor`: viewers then show its edges instead of blurring them. */
export function enlarged({ data, width, height, channels }: Raster, factor: number): Raster {
  if (factor === 1) return { data, width, height, channels };
  const larger = new Uint8Array(data.length * factor * factor);
  const lineBytes = width * factor * channels;
  for (let row = 0; row < height; row++) {
    const start = row * factor * lineBytes;
    for (let column = 0; column < width * factor; column++) {
      const from = (row * width + Math.floor(column / factor)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        larger[start + column * channels + channel] = data[from + channel];
      }
    }
    for (let copy = 1; copy < factor; copy++) {
      larger.copyWithin(start + copy * lineBytes, start, start + lineBytes);
    }
  }
  return { data: larger, width: width * factor, height: height * factor, channels };
}

/** A smaller image: each pixel is the mean of those it stands for. */
export function reduced(image: Raster, width: number, height: number): Raster {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const [top, bottom] = span(row, height, image.height);
    for (let column = 0; column < width; column++) {
      const [left, right] = span(column, width, image.width);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) sum += image.data[(y * image.width + x) * channels + channel];
        }
        data[(row * width + column) * channels + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return { data, width, height, channels };
}

/** The pixels, one at least, that one of `count` stands for. */
function span(index: number, count: number, pixels: number): readonly [from: number, to: number] {
  const from = Math.floor((index * pixels) / count);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * pixels) / count))];
}
