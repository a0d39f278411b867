import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { PoolFn, ShapeFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

type One = [number];
type Two = [number, number];
type Three = [number, number, number];

/** A reduction of the windows that slide along the last axes. */
abstract class Pool<F extends ShapeFn> extends Layer<F> {
  /** @param options `stride` (the kernel size), `padding` 0, `dilation` 1, `ceilMode` false, `countIncludePad` true. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.PoolOptions = {},
  ) {
    super();
    ops.perAxis(this.constructor.name, 'kernelSize', kernelSize, this.kind()[0], 1);
  }

  /** How many axes there are, and what is made of a window. */
  protected abstract kind(): readonly [number, typeof ops.maxPool];

  protected override compute(x: Node): Node {
    const [rank, build] = this.kind();
    return build(this.constructor.name, x, this.kernelSize, rank, this.options);
  }
}

/**
 * The largest element of each window of [N, C, L].
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: x [N, C, L] → [N, C, L'], L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MaxPool1d(2).forward(tensor([[[1, 3, 2, 4]]])).tolist(); // → [[[3, 4]]]
 * ```
 */
export class MaxPool1d extends Pool<PoolFn<'MaxPool1d', One>> {
  protected override kind() {
    return [1, ops.maxPool] as const;
  }
}

/**
 * The largest element of each window of [N, C, H, W]; L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1 on each axis.
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MaxPool2d(2).forward(tensor([[[[1, 3], [2, 4]]]])).tolist(); // → [[[[4]]]]
 * ```
 */
export class MaxPool2d extends Pool<PoolFn<'MaxPool2d', Two>> {
  protected override kind() {
    return [2, ops.maxPool] as const;
  }
}

/**
 * The largest element of each window of [N, C, D, H, W].
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: x [N, C, D, H, W] → [N, C, D', H', W']
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.MaxPool3d(2).forward(ones([1, 2, 4, 4, 4])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class MaxPool3d extends Pool<PoolFn<'MaxPool3d', Three>> {
  protected override kind() {
    return [3, ops.maxPool] as const;
  }
}

/**
 * The mean of each window of [N, C, L].
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: x [N, C, L] → [N, C, L'], L' = ⌊(L + 2·padding - K) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AvgPool1d(2).forward(tensor([[[1, 3, 2, 4]]])).tolist(); // → [[[2, 3]]]
 * ```
 */
export class AvgPool1d extends Pool<PoolFn<'AvgPool1d', One>> {
  protected override kind() {
    return [1, ops.avgPool] as const;
  }
}

/**
 * The mean of each window of [N, C, H, W].
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AvgPool2d(2).forward(tensor([[[[1, 3], [2, 4]]]])).tolist(); // → [[[[2.5]]]]
 * ```
 */
export class AvgPool2d extends Pool<PoolFn<'AvgPool2d', Two>> {
  protected override kind() {
    return [2, ops.avgPool] as const;
  }
}

/**
 * The mean of each window of [N, C, D, H, W].
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: x [N, C, D, H, W] → [N, C, D', H', W']
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.AvgPool3d(2).forward(ones([1, 2, 4, 4, 4])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class AvgPool3d extends Pool<PoolFn<'AvgPool3d', Three>> {
  protected override kind() {
    return [3, ops.avgPool] as const;
  }
}

/** A reduction of parts that divide the last axes as equally as can be. */
abstract class AdaptivePool<F extends ShapeFn> extends Layer<F> {
  /** @param outputSize into how many parts each axis is divided; one number for all, or one for each. */
  constructor(readonly outputSize: ops.PerAxis) {
    super();
    ops.perAxis(this.constructor.name, 'outputSize', outputSize, this.kind()[0], 1);
  }

  protected abstract kind(): readonly [number, typeof ops.adaptiveAvgPool];

  protected override compute(x: Node): Node {
    const [rank, build] = this.kind();
    return build(this.constructor.name, x, this.outputSize, rank);
  }
}

/**
 * The mean of each part of [N, C, L].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, L] → [N, C, outputSize]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AdaptiveAvgPool1d(2).forward(tensor([[[1, 3, 2, 4]]])).tolist(); // → [[[2, 3]]]
 * ```
 */
export class AdaptiveAvgPool1d extends AdaptivePool<PoolFn<'AdaptiveAvgPool1d', One>> {
  protected override kind() {
    return [1, ops.adaptiveAvgPool] as const;
  }
}

/**
 * The mean of each part of [N, C, H, W].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AdaptiveAvgPool2d(1).forward(tensor([[[[1, 3], [2, 4]]]])).tolist(); // → [[[[2.5]]]]
 * ```
 */
export class AdaptiveAvgPool2d extends AdaptivePool<PoolFn<'AdaptiveAvgPool2d', Two>> {
  protected override kind() {
    return [2, ops.adaptiveAvgPool] as const;
  }
}

/**
 * The mean of each part of [N, C, D, H, W].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, D, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.AdaptiveAvgPool3d(2).forward(ones([1, 2, 5, 5, 5])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class AdaptiveAvgPool3d extends AdaptivePool<PoolFn<'AdaptiveAvgPool3d', Three>> {
  protected override kind() {
    return [3, ops.adaptiveAvgPool] as const;
  }
}

/**
 * The largest element of each part of [N, C, L].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, L] → [N, C, outputSize]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AdaptiveMaxPool1d(2).forward(tensor([[[1, 3, 2, 4]]])).tolist(); // → [[[3, 4]]]
 * ```
 */
export class AdaptiveMaxPool1d extends AdaptivePool<PoolFn<'AdaptiveMaxPool1d', One>> {
  protected override kind() {
    return [1, ops.adaptiveMaxPool] as const;
  }
}

/**
 * The largest element of each part of [N, C, H, W].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AdaptiveMaxPool2d(1).forward(tensor([[[[1, 3], [2, 4]]]])).tolist(); // → [[[[4]]]]
 * ```
 */
export class AdaptiveMaxPool2d extends AdaptivePool<PoolFn<'AdaptiveMaxPool2d', Two>> {
  protected override kind() {
    return [2, ops.adaptiveMaxPool] as const;
  }
}

/**
 * The largest element of each part of [N, C, D, H, W].
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: x [N, C, D, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.AdaptiveMaxPool3d(2).forward(ones([1, 2, 5, 5, 5])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class AdaptiveMaxPool3d extends AdaptivePool<PoolFn<'AdaptiveMaxPool3d', Three>> {
  protected override kind() {
    return [3, ops.adaptiveMaxPool] as const;
  }
}
