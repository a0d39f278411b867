/** Functions that give axes other lengths, and windows as columns. Inputs are [N, C, …]. */
import { nodeOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { InterpolateOptions, UnfoldOptions } from '../ops/resample.ts';
import type { PerAxis } from '../ops/window.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

export type { InterpolateOptions, PadMode, UnfoldOptions } from '../ops/resample.ts';

/**
 * [N, C, …] with the lengths `size`, or with its own times `scaleFactor`. Mode 'nearest' (the default) takes the nearest element,
 * 'linear' (one axis), 'bilinear' (two) and 'trilinear' (three) weigh neighbours, 'bicubic' four of them, 'area' is adaptive
 * average pooling. Throws an ArgumentError for a mode that is not for this number of axes.
 */
export const interpolate = <T extends Tensor>(x: T, options: InterpolateOptions): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.interpolate('interpolate', nodeOf('interpolate', x), options));

/** Pieces of `size` elements of axis `dim`, each `step` after the one before, along a new last axis. */
export function unfold<T extends Tensor>(
  x: T,
  dim: number,
  size: number,
  step: number,
): Tensor<Shape, T['dtype']>;
/** What a kernel sees at each place, as columns: [N, C, H, W] gives [N, C·KH·KW, places]. */
export function unfold<T extends Tensor>(
  x: T,
  kernelSize: PerAxis,
  options?: UnfoldOptions,
): Tensor<Shape, T['dtype']>;
export function unfold(
  x: Tensor,
  kernelSize: PerAxis,
  options?: UnfoldOptions | number,
  step?: number,
): Tensor {
  const node = nodeOf('unfold', x);
  return new Tensor(
    typeof options === 'number'
      ? ops.unfoldAxis(node, kernelSize as number, options, step ?? 1)
      : ops.unfold('unfold', node, kernelSize, options),
  );
}

/** The transpose of `unfold`: columns [N, C·KH·KW, places] added up where they were taken from, [N, C, …outputSize]. */
export const fold = <T extends Tensor>(
  x: T,
  outputSize: PerAxis,
  kernelSize: PerAxis,
  options?: UnfoldOptions,
): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.fold('fold', nodeOf('fold', x), outputSize, kernelSize, options));

/** [..., C·r², H, W] as [..., C, H·r, W·r], r being `upscaleFactor` (Shi et al., 2016). */
export const pixelShuffle = <T extends Tensor>(x: T, upscaleFactor: number): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.pixelShuffle('pixelShuffle', nodeOf('pixelShuffle', x), upscaleFactor, false));

/** [..., C, H·r, W·r] as [..., C·r², H, W], r being `downscaleFactor`. */
export const pixelUnshuffle = <T extends Tensor>(x: T, downscaleFactor: number): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.pixelShuffle('pixelUnshuffle', nodeOf('pixelUnshuffle', x), downscaleFactor, true));
