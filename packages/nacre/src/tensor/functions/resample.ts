/** Functions that give axes other lengths, and windows as columns. Inputs are [N, C, …]. */
import { nodeOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { InterpolateOptions, UnfoldOptions } from '../ops/resample.ts';
import type { PerAxis } from '../ops/window.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

export type { InterpolateOptions, PadMode, UnfoldOptions } from '../ops/resample.ts';

/**
 * [N, C, …] with the lengths `size`, or with its own times `scaleFactor`. Mode 'nearest' (the default) takes the element
 * at ⌊i·L / L'⌋, 'nearest-exact' the one whose centre is nearest, 'linear' (one axis), 'bilinear' (two) and 'trilinear' (three) weigh neighbours, 'bicubic' four of them, 'area' is adaptive
 * average pooling. Throws an ArgumentError for a mode that is not for this number of axes.
 *
 * Formula: for 'nearest' y[i] = x[⌊i·L / L'⌋], for 'nearest-exact' x[⌊(i + ½)·L / L'⌋]; for the linear modes the weighted mean of the neighbours of (i + ½)·L / L' - ½
 *
 * Shapes: x [N, C, ...sizes] → [N, C, ...size]
 *
 * @example
 * ```ts
 * import { interpolate, tensor } from 'nacre';
 * await interpolate(tensor([[[1, 2]]]), { scaleFactor: 2 }).tolist(); // → [[[1, 1, 2, 2]]]
 * await interpolate(tensor([[[1, 2]]]), { size: 4, mode: 'linear' }).tolist(); // → [[[1, 1.25, 1.75, 2]]]
 * ```
 */
export const interpolate = <T extends Tensor>(x: T, options: InterpolateOptions): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.interpolate('interpolate', nodeOf('interpolate', x), options));

/**
 * Pieces of `size` elements of axis `dim`, each `step` after the one before, along a new last axis.
 *
 * Formula: piece i = x[i·step, …, i·step + size - 1]
 *
 * Shapes: x [..., n, ...] → [..., ⌊(n - size) / step⌋ + 1, ..., size]; of images [N, C, H, W] → [N, C·KH·KW, places]
 *
 * @example
 * ```ts
 * import { tensor, unfold, zeros } from 'nacre';
 * await unfold(tensor([1, 2, 3, 4]), 0, 2, 1).tolist(); // → [[1, 2], [2, 3], [3, 4]]
 * unfold(zeros([1, 3, 4, 4]), 3).shape; // → [1, 27, 4]
 * ```
 */
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

/**
 * The transpose of `unfold`: columns [N, C·KH·KW, places] added up where they were taken from, [N, C, …outputSize].
 *
 * Formula: y = Σ of the windows at their places
 *
 * Shapes: x [N, C·KH·KW, places] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { fold, ones } from 'nacre';
 * await fold(ones([1, 4, 4]), [3, 3], 2).tolist(); // → [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
 * ```
 */
export const fold = <T extends Tensor>(
  x: T,
  outputSize: PerAxis,
  kernelSize: PerAxis,
  options?: UnfoldOptions,
): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.fold('fold', nodeOf('fold', x), outputSize, kernelSize, options));

/**
 * [..., C·r², H, W] as [..., C, H·r, W·r], r being `upscaleFactor` (Shi et al., 2016).
 *
 * Formula: y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]
 *
 * Shapes: x [..., C·r², H, W] → [..., C, H·r, W·r]
 *
 * @example
 * ```ts
 * import { pixelShuffle, tensor } from 'nacre';
 * await pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).tolist(); // → [[[1, 2], [3, 4]]]
 * ```
 */
export const pixelShuffle = <T extends Tensor>(x: T, upscaleFactor: number): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.pixelShuffle('pixelShuffle', nodeOf('pixelShuffle', x), upscaleFactor, false));

/**
 * [..., C, H·r, W·r] as [..., C·r², H, W], r being `downscaleFactor`.
 *
 * Formula: y[c·r² + i·r + j, h, w] = x[c, h·r + i, w·r + j]
 *
 * Shapes: x [..., C, H·r, W·r] → [..., C·r², H, W]
 *
 * @example
 * ```ts
 * import { pixelUnshuffle, tensor } from 'nacre';
 * await pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).tolist(); // → [[[1]], [[2]], [[3]], [[4]]]
 * ```
 */
export const pixelUnshuffle = <T extends Tensor>(x: T, downscaleFactor: number): Tensor<Shape, T['dtype']> =>
  new Tensor(ops.pixelShuffle('pixelUnshuffle', nodeOf('pixelUnshuffle', x), downscaleFactor, true));
