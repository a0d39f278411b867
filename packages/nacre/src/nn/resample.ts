import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { UnknownFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/**
 * [N, C, …] with other spatial lengths.
 *
 * Formula: for 'nearest' y[i] = x[⌊i·L / L'⌋]; for the linear modes the weighted mean of the neighbours
 *
 * Shapes: x [N, C, ...sizes] → [N, C, ...size]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Upsample({ scaleFactor: 2 }).forward(tensor([[[1, 2]]])).tolist(); // → [[[1, 1, 2, 2]]]
 * ```
 */
export class Upsample extends Layer<UnknownFn> {
  /**
   * @param options `size` or `scaleFactor`, one number or one for each axis; `mode` 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear',
   * 'bicubic' or 'area'; `alignCorners`.
   */
  constructor(readonly options: ops.InterpolateOptions) {
    super();
    optionsOf(this.constructor.name, options, ops.interpolateOptions);
  }

  protected override compute(x: Node): Node {
    return ops.interpolate(this.constructor.name, x, this.options);
  }
}

/**
 * [..., C·r², H, W] as [..., C, H·r, W·r] (Shi et al., "Real-time single image and video super-resolution", 2016).
 *
 * Formula: y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]
 *
 * Shapes: x [..., C·r², H, W] → [..., C, H·r, W·r]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.PixelShuffle(2).forward(tensor([[[1]], [[2]], [[3]], [[4]]])).tolist(); // → [[[1, 2], [3, 4]]]
 * ```
 */
export class PixelShuffle extends Layer<UnknownFn> {
  constructor(readonly upscaleFactor: number) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.pixelShuffle('PixelShuffle', x, this.upscaleFactor, false);
  }
}

/**
 * [..., C, H·r, W·r] as [..., C·r², H, W].
 *
 * Formula: y[c·r² + i·r + j, h, w] = x[c, h·r + i, w·r + j]
 *
 * Shapes: x [..., C, H·r, W·r] → [..., C·r², H, W]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.PixelUnshuffle(2).forward(tensor([[[1, 2], [3, 4]]])).tolist(); // → [[[1]], [[2]], [[3]], [[4]]]
 * ```
 */
export class PixelUnshuffle extends Layer<UnknownFn> {
  constructor(readonly downscaleFactor: number) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.pixelShuffle('PixelUnshuffle', x, this.downscaleFactor, true);
  }
}

/**
 * What the kernel of a convolution sees at each place, as columns: [N, C, H, W] becomes [N, C·KH·KW, places].
 *
 * Formula: column t is the window at place t
 *
 * Shapes: x [N, C, H, W] → [N, C·KH·KW, places]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.Unfold(3).forward(zeros([1, 3, 4, 4])).shape; // → [1, 27, 4]
 * ```
 */
export class Unfold extends Layer<UnknownFn> {
  /** @param options `dilation` 1, `padding` 0, `stride` 1. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.UnfoldOptions = {},
  ) {
    super();
    optionsOf(this.constructor.name, options, ops.unfoldOptions);
  }

  protected override compute(x: Node): Node {
    return ops.unfold('Unfold', x, this.kernelSize, this.options);
  }
}

/**
 * The transpose of `Unfold`: columns [N, C·KH·KW, places] added up at their places of [N, C, H, W].
 *
 * Formula: y = Σ of the windows at their places
 *
 * Shapes: x [N, C·KH·KW, places] → [N, C, H, W]
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * await new nn.Fold([3, 3], 2).forward(ones([1, 4, 4])).tolist(); // → [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
 * ```
 */
export class Fold extends Layer<UnknownFn> {
  constructor(
    readonly outputSize: ops.PerAxis,
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.UnfoldOptions = {},
  ) {
    super();
    optionsOf(this.constructor.name, options, ops.unfoldOptions);
  }

  protected override compute(x: Node): Node {
    return ops.fold('Fold', x, this.outputSize, this.kernelSize, this.options);
  }
}
