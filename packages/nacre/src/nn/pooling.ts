import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Apply, ApplyDType, Fits, PoolFn, Result, Shape, ShapeFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

type One = [number];
type Two = [number, number];
type Three = [number, number, number];

/** A layer that with `returnIndices` gives the places of what it gives, too. */
abstract class WithPlaces<F extends ShapeFn, R extends boolean> extends Layer<F> {
  readonly returnIndices: R;

  constructor(returnIndices: boolean | undefined) {
    super();
    this.returnIndices = (returnIndices ?? false) as R;
  }

  protected abstract places(x: Node): Node;

  override forward(
    this: WithPlaces<ShapeFn, true>,
    x: Tensor,
  ): [values: Tensor, indices: Tensor<Shape, 'int32'>];
  override forward<G extends ShapeFn, T extends Tensor>(
    this: Layer<G>,
    x: T & Fits<Apply<G, T['shape']>>,
  ): Tensor<Result<Apply<G, T['shape']>>, ApplyDType<G, T['dtype']>>;
  override forward(x: Tensor): unknown {
    const values = super.forward(x as never);
    return this.returnIndices ? [values, new Tensor(this.places(x.node))] : values;
  }
}

/** The largest elements of the windows that slide along the last axes. */
abstract class MaxPool<F extends ShapeFn, R extends boolean> extends WithPlaces<F, R> {
  /** @param options `stride` (the kernel size), `padding` 0, `dilation` 1, `ceilMode` false, `returnIndices` false. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.MaxPoolOptions<R> = {},
  ) {
    super(optionsOf(new.target.name, options, ops.maxPoolOptions).returnIndices);
    ops.perAxis(this.constructor.name, 'kernelSize', kernelSize, this.rank(), 1);
  }

  /** How many axes there are. */
  protected abstract rank(): number;

  protected override compute(x: Node): Node {
    return ops.maxPool(this.constructor.name, x, this.kernelSize, this.rank(), this.options);
  }

  protected override places(x: Node): Node {
    return ops.maxPoolPlaces(this.constructor.name, x, this.kernelSize, this.rank(), this.options);
  }
}

/** The means of the windows that slide along the last axes. */
abstract class AvgPool<F extends ShapeFn> extends Layer<F> {
  /** @param options `stride` (the kernel size), `padding` 0, `ceilMode` false, `countIncludePad` true, `divisorOverride` null. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: ops.AvgPoolOptions = {},
  ) {
    super();
    const op = this.constructor.name;
    optionsOf(op, options, ops.avgPoolOptions);
    ops.perAxis(op, 'kernelSize', kernelSize, this.rank(), 1);
  }

  protected abstract rank(): number;

  protected override compute(x: Node): Node {
    return ops.avgPool(this.constructor.name, x, this.kernelSize, this.rank(), this.options);
  }
}

/** Checks an output size of which null leaves an axis as it is. */
function checkParts(op: string, outputSize: ops.PartsPerAxis, rank: number): void {
  ops.partsOf(op, new Array<number>(rank).fill(1), outputSize, rank);
}

/**
 * The largest element of each window of [N, C, L]; with `returnIndices` the places of these elements too, which `MaxUnpool1d` takes.
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
export class MaxPool1d<R extends boolean = false> extends MaxPool<PoolFn<'MaxPool1d', One>, R> {
  protected override rank(): number {
    return 1;
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
export class MaxPool2d<R extends boolean = false> extends MaxPool<PoolFn<'MaxPool2d', Two>, R> {
  protected override rank(): number {
    return 2;
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
export class MaxPool3d<R extends boolean = false> extends MaxPool<PoolFn<'MaxPool3d', Three>, R> {
  protected override rank(): number {
    return 3;
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
export class AvgPool1d extends AvgPool<PoolFn<'AvgPool1d', One>> {
  protected override rank(): number {
    return 1;
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
export class AvgPool2d extends AvgPool<PoolFn<'AvgPool2d', Two>> {
  protected override rank(): number {
    return 2;
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
export class AvgPool3d extends AvgPool<PoolFn<'AvgPool3d', Three>> {
  protected override rank(): number {
    return 3;
  }
}

/** The means of parts that divide the last axes as equally as can be. */
abstract class AdaptiveAvgPool<F extends ShapeFn> extends Layer<F> {
  /** @param outputSize into how many parts each axis is divided; one number for all, or one for each, null to leave an axis as it is. */
  constructor(readonly outputSize: ops.PartsPerAxis) {
    super();
    checkParts(this.constructor.name, outputSize, this.rank());
  }

  protected abstract rank(): number;

  protected override compute(x: Node): Node {
    return ops.adaptiveAvgPool(this.constructor.name, x, this.outputSize, this.rank());
  }
}

/** The largest elements of such parts. */
abstract class AdaptiveMaxPool<F extends ShapeFn, R extends boolean> extends WithPlaces<F, R> {
  /**
   * @param outputSize into how many parts each axis is divided; one number for all, or one for each, null to leave an axis as it is.
   * @param options `returnIndices` false.
   */
  constructor(
    readonly outputSize: ops.PartsPerAxis,
    options?: ops.IndicesOption<R>,
  ) {
    super(optionsOf(new.target.name, options, ops.adaptiveMaxPoolOptions).returnIndices);
    checkParts(this.constructor.name, outputSize, this.rank());
  }

  protected abstract rank(): number;

  protected override compute(x: Node): Node {
    return ops.adaptiveMaxPool(this.constructor.name, x, this.outputSize, this.rank());
  }

  protected override places(x: Node): Node {
    return ops.adaptiveMaxPoolPlaces(this.constructor.name, x, this.outputSize, this.rank());
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
export class AdaptiveAvgPool1d extends AdaptiveAvgPool<PoolFn<'AdaptiveAvgPool1d', One>> {
  protected override rank(): number {
    return 1;
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
export class AdaptiveAvgPool2d extends AdaptiveAvgPool<PoolFn<'AdaptiveAvgPool2d', Two>> {
  protected override rank(): number {
    return 2;
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
export class AdaptiveAvgPool3d extends AdaptiveAvgPool<PoolFn<'AdaptiveAvgPool3d', Three>> {
  protected override rank(): number {
    return 3;
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
export class AdaptiveMaxPool1d<R extends boolean = false> extends AdaptiveMaxPool<
  PoolFn<'AdaptiveMaxPool1d', One>,
  R
> {
  protected override rank(): number {
    return 1;
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
export class AdaptiveMaxPool2d<R extends boolean = false> extends AdaptiveMaxPool<
  PoolFn<'AdaptiveMaxPool2d', Two>,
  R
> {
  protected override rank(): number {
    return 2;
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
export class AdaptiveMaxPool3d<R extends boolean = false> extends AdaptiveMaxPool<
  PoolFn<'AdaptiveMaxPool3d', Three>,
  R
> {
  protected override rank(): number {
    return 3;
  }
}
