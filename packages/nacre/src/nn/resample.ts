import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { UnknownFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/** [N, C, …] with other spatial lengths. */
export class Upsample extends Layer<UnknownFn> {
  /**
   * @param options `size` or `scaleFactor`, one number or one for each axis; `mode` 'nearest', 'linear', 'bilinear', 'trilinear',
   * 'bicubic' or 'area'; `alignCorners`.
   */
  constructor(readonly options: ops.InterpolateOptions) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.interpolate(this.constructor.name, x, this.options);
  }
}

/** [..., C·r², H, W] as [..., C, H·r, W·r] (Shi et al., "Real-time single image and video super-resolution", 2016). */
export class PixelShuffle extends Layer<UnknownFn> {
  constructor(readonly upscaleFactor: number) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.pixelShuffle('PixelShuffle', x, this.upscaleFactor, false);
  }
}

/** [..., C, H·r, W·r] as [..., C·r², H, W]. */
export class PixelUnshuffle extends Layer<UnknownFn> {
  constructor(readonly downscaleFactor: number) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.pixelShuffle('PixelUnshuffle', x, this.downscaleFactor, true);
  }
}

/** What the kernel of a convolution sees at each place, as columns: [N, C, H, W] becomes [N, C·KH·KW, places]. */
export class Unfold extends Layer<UnknownFn> {
  /** @param options `dilation` 1, `padding` 0, `stride` 1. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.UnfoldOptions = {},
  ) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.unfold('Unfold', x, this.kernelSize, this.options);
  }
}

/** The transpose of `Unfold`: columns [N, C·KH·KW, places] added up at their places of [N, C, H, W]. */
export class Fold extends Layer<UnknownFn> {
  constructor(
    readonly outputSize: ops.PerAxis,
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.UnfoldOptions = {},
  ) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.fold('Fold', x, this.outputSize, this.kernelSize, this.options);
  }
}

/** Elements put around the last axes. */
abstract class Padding extends Layer<UnknownFn> {
  /** One number for all sides, or [left, right, top, bottom, …]. */
  readonly padding: readonly number[];

  constructor(padding: number | readonly number[], rank: number) {
    super();
    this.padding = typeof padding === 'number' ? new Array<number>(2 * rank).fill(padding) : padding;
  }

  protected around(x: Node, mode: ops.PadMode, value?: number): Node {
    return ops.padBy(this.constructor.name, x, this.padding, mode, value);
  }
}

/** Zeros around the last two axes: [left, right, top, bottom], or one number for all. Negative ones cut. */
export class ZeroPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2);
  }

  protected override compute(x: Node): Node {
    return this.around(x, 'constant');
  }
}

/** A number around the last two axes. */
export class ConstantPad2d extends Padding {
  constructor(
    padding: number | readonly number[],
    readonly value: number,
  ) {
    super(padding, 2);
  }

  protected override compute(x: Node): Node {
    return this.around(x, 'constant', this.value);
  }
}

/** The last two axes mirrored at their edges, which are not repeated. */
export class ReflectionPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2);
  }

  protected override compute(x: Node): Node {
    return this.around(x, 'reflect');
  }
}

/** The edges of the last two axes repeated. */
export class ReplicationPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2);
  }

  protected override compute(x: Node): Node {
    return this.around(x, 'replicate');
  }
}
