import type { Node } from '../graph/node.ts';
import { type PadMode, padBy } from '../tensor/ops/resample.ts';
import type { UnknownFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/** Elements put around the last axes: one number for all sides, or [left, right, top, bottom, front, back]. */
abstract class Padding extends Layer<UnknownFn> {
  readonly padding: readonly number[];
  readonly #mode: PadMode;

  constructor(padding: number | readonly number[], rank: number, mode: PadMode) {
    super();
    this.padding = typeof padding === 'number' ? new Array<number>(2 * rank).fill(padding) : padding;
    this.#mode = mode;
  }

  /** What stands there, where it is one number. */
  protected filler(): number {
    return 0;
  }

  protected override compute(x: Node): Node {
    return padBy(this.constructor.name, x, this.padding, this.#mode, this.filler());
  }
}

/**
 * Zeros around the last axis. Negative amounts cut.
 *
 * Formula: y[i] = x[i - left] inside, 0 elsewhere
 *
 * Shapes: x [N, C, L] → [N, C, left + L + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ZeroPad1d([1, 0]).forward(tensor([[1, 2]])).tolist(); // → [[0, 1, 2]]
 * ```
 */
export class ZeroPad1d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 1, 'constant');
  }
}

/**
 * Zeros around the last three axes. Negative amounts cut.
 *
 * Formula: y[i] = x[i - left] inside, 0 elsewhere, on each axis
 *
 * Shapes: x [N, C, D, H, W] → [N, C, front + D + back, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * new nn.ZeroPad3d(1).forward(tensor([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]])).shape; // → [1, 4, 4, 4]
 * ```
 */
export class ZeroPad3d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 3, 'constant');
  }
}

/**
 * A number around the last axis. Negative amounts cut.
 *
 * Formula: y[i] = x[i - left] inside, the value elsewhere
 *
 * Shapes: x [N, C, L] → [N, C, left + L + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ConstantPad1d([1, 0], 9).forward(tensor([[1, 2]])).tolist(); // → [[9, 1, 2]]
 * ```
 */
export class ConstantPad1d extends Padding {
  constructor(
    padding: number | readonly number[],
    readonly value: number,
  ) {
    super(padding, 1, 'constant');
  }

  protected override filler(): number {
    return this.value;
  }
}

/**
 * A number around the last three axes. Negative amounts cut.
 *
 * Formula: y[i] = x[i - left] inside, the value elsewhere, on each axis
 *
 * Shapes: x [N, C, D, H, W] → [N, C, front + D + back, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * new nn.ConstantPad3d(1, 9).forward(tensor([[[[1]]]])).shape; // → [1, 3, 3, 3]
 * ```
 */
export class ConstantPad3d extends Padding {
  constructor(
    padding: number | readonly number[],
    readonly value: number,
  ) {
    super(padding, 3, 'constant');
  }

  protected override filler(): number {
    return this.value;
  }
}

/**
 * The last axis mirrored at its edges, which are not repeated.
 *
 * Formula: y[i] = x[|i - left|] at the left edge, and so on
 *
 * Shapes: x [N, C, L] → [N, C, left + L + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReflectionPad1d([2, 0]).forward(tensor([[1, 2, 3]])).tolist(); // → [[3, 2, 1, 2, 3]]
 * ```
 */
export class ReflectionPad1d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 1, 'reflect');
  }
}

/**
 * The last three axes mirrored at their edges, which are not repeated.
 *
 * Formula: y[i] = x[|i - left|] at the left edge, and so on
 *
 * Shapes: x [N, C, D, H, W] → [N, C, front + D + back, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * new nn.ReflectionPad3d(1).forward(tensor([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]])).shape; // → [1, 4, 4, 4]
 * ```
 */
export class ReflectionPad3d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 3, 'reflect');
  }
}

/**
 * The edges of the last axis repeated.
 *
 * Formula: y[i] = x[max(i - left, 0)] at the left edge, and so on
 *
 * Shapes: x [N, C, L] → [N, C, left + L + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReplicationPad1d([2, 0]).forward(tensor([[1, 2, 3]])).tolist(); // → [[1, 1, 1, 2, 3]]
 * ```
 */
export class ReplicationPad1d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 1, 'replicate');
  }
}

/**
 * The edges of the last three axes repeated.
 *
 * Formula: y[i] = x[max(i - left, 0)] at the left edge, and so on
 *
 * Shapes: x [N, C, D, H, W] → [N, C, front + D + back, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * new nn.ReplicationPad3d(1).forward(tensor([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]])).shape; // → [1, 4, 4, 4]
 * ```
 */
export class ReplicationPad3d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 3, 'replicate');
  }
}

/**
 * What is beyond an edge of the last axis comes from the other end.
 *
 * Formula: y[i] = x[(i - left) mod L]
 *
 * Shapes: x [N, C, L] → [N, C, left + L + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.CircularPad1d([2, 0]).forward(tensor([[1, 2, 3]])).tolist(); // → [[2, 3, 1, 2, 3]]
 * ```
 */
export class CircularPad1d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 1, 'circular');
  }
}

/**
 * What is beyond an edge of the last two axes comes from the other end.
 *
 * Formula: y[i, j] = x[(i - top) mod H, (j - left) mod W]
 *
 * Shapes: x [N, C, H, W] → [N, C, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.CircularPad2d([1, 0, 0, 0]).forward(tensor([[[1, 2], [3, 4]]])).tolist(); // → [[[2, 1, 2], [4, 3, 4]]]
 * ```
 */
export class CircularPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2, 'circular');
  }
}

/**
 * What is beyond an edge of the last three axes comes from the other end.
 *
 * Formula: y[i] = x[(i - left) mod L] on each axis
 *
 * Shapes: x [N, C, D, H, W] → [N, C, front + D + back, top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * new nn.CircularPad3d(1).forward(tensor([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]])).shape; // → [1, 4, 4, 4]
 * ```
 */
export class CircularPad3d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 3, 'circular');
  }
}

/**
 * Zeros around the last two axes: [left, right, top, bottom], or one number for all. Negative ones cut.
 *
 * Formula: y[i, j] = x[i - top, j - left] inside, 0 elsewhere
 *
 * Shapes: x [..., H, W] → [..., top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ZeroPad2d([1, 0, 0, 1]).forward(tensor([[[[5]]]])).tolist(); // → [[[[0, 5], [0, 0]]]]
 * ```
 */
export class ZeroPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2, 'constant');
  }
}

/**
 * A number around the last two axes.
 *
 * Formula: y[i, j] = x[i - top, j - left] inside, the value elsewhere
 *
 * Shapes: x [..., H, W] → [..., top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ConstantPad2d([1, 0, 0, 0], 7).forward(tensor([[[[5]]]])).tolist(); // → [[[[7, 5]]]]
 * ```
 */
export class ConstantPad2d extends Padding {
  constructor(
    padding: number | readonly number[],
    readonly value: number,
  ) {
    super(padding, 2, 'constant');
  }

  protected override filler(): number {
    return this.value;
  }
}

/**
 * The last two axes mirrored at their edges, which are not repeated.
 *
 * Formula: y[j] = x[|j - left|] at the left edge, and so on
 *
 * Shapes: x [..., H, W] → [..., top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReflectionPad2d([2, 0, 0, 0]).forward(tensor([[[[1, 2, 3]]]])).tolist(); // → [[[[3, 2, 1, 2, 3]]]]
 * ```
 */
export class ReflectionPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2, 'reflect');
  }
}

/**
 * The edges of the last two axes repeated.
 *
 * Formula: y[j] = x[max(j - left, 0)] at the left edge, and so on
 *
 * Shapes: x [..., H, W] → [..., top + H + bottom, left + W + right]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReplicationPad2d([2, 0, 0, 0]).forward(tensor([[[[1, 2]]]])).tolist(); // → [[[[1, 1, 1, 2]]]]
 * ```
 */
export class ReplicationPad2d extends Padding {
  constructor(padding: number | readonly number[]) {
    super(padding, 2, 'replicate');
  }
}
