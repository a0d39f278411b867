import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { colourAt, diverging } from '../colours.ts';
import { type Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { checkNotEmpty, extent, tensorNumbers } from '../values.ts';
import { checkColumns, columnsFor, gridPicture } from './grid.ts';
import { brightnessOf, type Plane, type Raster, rasterOf } from './pixels.ts';

export interface FeatureMapsOptions extends PictureOptions {
  /** Maps in a row. Default: as many as make a square, 10 at most. */
  readonly columns?: number;
  /** Whether black and white mean the same in all maps, so that their strengths compare. Default: false, each map fills the range. */
  readonly isShared?: boolean;
  /** Most channels that are drawn, the first ones. Default: 64. */
  readonly most?: number;
}

const size = { width: 640, height: 640 };

function checkMost(op: string, most: number): void {
  if (Number.isInteger(most) && most > 0) return;
  throw new ArgumentError(`most is a whole number from 1 on, got ${most}`, { op });
}

/**
 * What the channels of a layer make of one image, each as an image of its own.
 *
 * Shapes: maps [C, H, W] or [1, C, H, W]
 *
 * @throws ShapeMismatchError for another shape.
 *
 * @example
 * ```ts
 * import { nn, rand } from 'nacre';
 * import { featureMaps } from 'nacre/plot';
 * const maps = new nn.Conv2d(1, 6, 5).forward(rand([1, 1, 28, 28]));
 * (await featureMaps(maps).svg()).match(/<image/g)!.length; // → 6
 * ```
 */
export function featureMaps(maps: Tensor, options: FeatureMapsOptions = {}): Picture {
  const op = 'featureMaps';
  const { title = '', isShared = false, most = 64 } = options;
  const { texts } = pictureSettings(op, options, ['columns', 'isShared', 'most'], size);
  checkMost(op, most);
  const { shape } = maps;
  const [channels, height, width] = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if ((shape.length !== 3 && !(shape.length === 4 && shape[0] === 1)) || channels * height * width === 0) {
    throw new ShapeMismatchError(`the maps have the shape ${showShape(shape)}`, {
      op,
      shapes: [shape],
      hint: 'Give what a layer makes of one image: [C, H, W] or [1, C, H, W]',
    });
  }
  const values = tensorNumbers(maps);
  const planes = Array.from({ length: Math.min(channels, most) }, (_, channel): Plane => {
    const own = values.subarray(channel * width * height, (channel + 1) * width * height);
    return { values: own, width, height, channels: 1, isPlanar: true, isBytes: false };
  });
  const columns = options.columns ?? columnsFor(planes.length);
  checkColumns(op, columns);
  const images = planes.map((plane) => {
    const [low, high] = isShared ? brightnessOf(planes, undefined) : (extent(plane.values) ?? [0, 1]);
    return rasterOf(plane, low < high ? [low, high] : [low, low + 1]);
  });
  const captions = images.map((_, channel) => ({
    label: `${texts.channel} ${channel}`,
    prediction: undefined,
    isWrong: false,
  }));
  return gridPicture({ images, captions, columns: Math.min(columns, images.length), title, texts }, options);
}

export interface FiltersOptions extends PictureOptions {
  /** Filters in a row. Default: as many as make a square, 10 at most. */
  readonly columns?: number;
  /** Most filters that are drawn, the first ones. Default: 64. */
  readonly most?: number;
  /** Which input channel of the filters is drawn where they have neither one nor three. Default: 0. */
  readonly channel?: number;
}

/**
 * The filters of a convolution: those of three channels in colours, others with negative weights in orange, positive ones in blue and zero
 * in white, all on one scale.
 *
 * Shapes: weight [outChannels, inChannels, kH, kW]
 *
 * @throws ShapeMismatchError for another shape; ArgumentError for a channel that is none.
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * import { filters } from 'nacre/plot';
 * const picture = filters(new nn.Conv2d(1, 6, 5).weight);
 * (await picture.svg()).match(/<image/g)!.length; // → 6
 * ```
 */
export function filters(weight: Tensor, options: FiltersOptions = {}): Picture {
  const op = 'filters';
  const { title = '', most = 64, channel = 0 } = options;
  const { texts } = pictureSettings(op, options, ['columns', 'most', 'channel'], size);
  checkMost(op, most);
  const { shape } = weight;
  if (shape.length !== 4) {
    throw new ShapeMismatchError(`the weight has the shape ${showShape(shape)}`, {
      op,
      shapes: [shape],
      hint: 'Give the weight of a Conv2d: [outChannels, inChannels, kH, kW]',
    });
  }
  const [count, channels, height, width] = shape;
  checkNotEmpty(op, count * channels * height * width, 'filters');
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw new ArgumentError(`there is no channel ${channel}; the filters have ${channels}`, { op });
  }
  const values = tensorNumbers(weight);
  const pixels = width * height;
  const shown = Array.from({ length: Math.min(count, most) }, (_, filter) => {
    const own = values.subarray(filter * channels * pixels, (filter + 1) * channels * pixels);
    return channels === 3 ? own : own.subarray(channel * pixels, (channel + 1) * pixels);
  });
  const ends = shown.flatMap((own) => extent(own) ?? []);
  const strongest = Math.max(...ends.map(Math.abs), 0) || 1;
  const images = shown.map((own): Raster => {
    if (channels === 3) {
      const plane = { values: own, width, height, channels: 3, isPlanar: true, isBytes: false };
      return rasterOf(plane, [-strongest, strongest]);
    }
    const data = Uint8Array.from(
      Array.from(own, (value) => colourAt(diverging, (value / strongest + 1) / 2)).flat(),
    );
    return { data, width, height, channels: 3 };
  });
  const captions = images.map((_, filter) => ({
    label: `${texts.filter} ${filter}`,
    prediction: undefined,
    isWrong: false,
  }));
  const columns = options.columns ?? columnsFor(images.length);
  checkColumns(op, columns);
  return gridPicture({ images, captions, columns: Math.min(columns, images.length), title, texts }, options);
}
