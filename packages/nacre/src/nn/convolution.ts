import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Conv2dFn, ConvFn, ShapeFn } from '../tensor/types/index.ts';
import { uniform } from './init.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

export interface ConvolutionLayerOptions extends ops.ConvolutionOptions {
  /** Whether a number is added to each channel of the result. Default: yes. */
  bias?: boolean;
  /** What stands in the padding. Default: zeros. */
  paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
}

/** What all convolutions share: weight, bias and their start, uniform in ±1/√fanIn, as in PyTorch. */
abstract class Convolution<F extends ShapeFn, I extends number, O extends number, Options> extends Layer<F> {
  readonly weight: Parameter<Shape, 'float32'>;
  /** [outChannels], or null. */
  readonly bias: Parameter<readonly [O], 'float32'> | null;
  readonly kernelSize: readonly number[];
  readonly options: Options & ConvolutionLayerOptions;

  /**
   * @param options `stride` 1, `padding` 0, `dilation` 1, `groups` 1, `bias` true, `paddingMode` 'zeros'; each but the last three is
   * one number, or one for each axis.
   */
  constructor(
    readonly inChannels: I,
    readonly outChannels: O,
    kernelSize: ops.PerAxis,
    options: Options & ConvolutionLayerOptions = {} as Options & ConvolutionLayerOptions,
  ) {
    super();
    const op = this.constructor.name;
    const { groups = 1, bias = true } = optionsOf(op, options, this.known());
    checkSizes(op, { inChannels, outChannels, groups });
    if (inChannels % groups || outChannels % groups) {
      throw new ArgumentError(
        `groups (${groups}) must divide inChannels (${inChannels}) and outChannels (${outChannels})`,
        { op },
      );
    }
    this.options = options;
    this.kernelSize = ops.perAxis(op, 'kernelSize', kernelSize, this.rank(), 1);
    const shape = this.weightShape(inChannels, outChannels, groups);
    const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    this.weight = uniform(new Parameter(zeros(shape)), -bound, bound);
    this.bias = bias ? uniform(new Parameter(zeros([outChannels])), -bound, bound) : null;
  }

  /** Names of the options. */
  protected known(): readonly string[] {
    return [...ops.convolutionOptions, 'bias', 'paddingMode'];
  }

  /** How many axes the kernel slides along. */
  protected abstract rank(): number;

  protected abstract weightShape(inChannels: number, outChannels: number, groups: number): Shape;

  protected abstract build(op: string, x: Node, weight: Node, bias: Node | null): Node;

  protected override compute(x: Node): Node {
    const { inChannels, outChannels, weight, bias } = this;
    const op = `${this.constructor.name}(${inChannels}, ${outChannels})`;
    const channels = x.shape.at(-1 - this.rank());
    if (x.shape.length > this.rank() && channels !== inChannels) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}: expected ${inChannels} channels, got ${channels}`,
        { op, shapes: [x.shape] },
      );
    }
    return this.build(op, x, weight.node, bias?.node ?? null);
  }
}

abstract class PlainConvolution<F extends ShapeFn, I extends number, O extends number> extends Convolution<
  F,
  I,
  O,
  unknown
> {
  protected override weightShape(inChannels: number, outChannels: number, groups: number): Shape {
    return [outChannels, inChannels / groups, ...this.kernelSize];
  }

  protected override build(op: string, x: Node, weight: Node, bias: Node | null): Node {
    const { options, kernelSize } = this;
    const { paddingMode = 'zeros' } = options;
    if (paddingMode === 'zeros') return ops.convolution(op, x, weight, bias, options);
    const [before, after] = ops.paddingOf(op, kernelSize, options);
    const around = before.flatMap((length, i) => [length, after[i]].reverse()).reverse();
    return ops.convolution(op, ops.padBy(op, x, around, paddingMode), weight, bias, {
      ...options,
      padding: 0,
    });
  }
}

/**
 * Cross-correlation along one axis: [N, I, L] or [I, L] becomes [N, O, L'] or [O, L']. Weight [O, I / groups, K].
 *
 * Formula: y[o, t] = b[o] + Σ_c Σ_k w[o, c, k]·x[c, t·stride + k·dilation - padding]
 *
 * Shapes: x [N, I, L] or [I, L] → [N, O, L'] or [O, L'], L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.Conv1d(1, 1, 2, { bias: false });
 * nn.init.ones(layer.weight);
 * await layer.forward(tensor([[[1, 2, 3, 4]]])).tolist(); // → [[[3, 5, 7]]]
 * ```
 */
export class Conv1d<
  const I extends number = number,
  const O extends number = number,
> extends PlainConvolution<ConvFn<'Conv1d', I, O, [number]>, I, O> {
  protected override rank(): number {
    return 1;
  }
}

/**
 * Cross-correlation along two axes: [N, I, H, W] becomes [N, O, H', W'], with
 * H' = ⌊(H + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1 (LeCun et al., 1998). Weight [O, I / groups, KH, KW].
 *
 * Formula: y[o, h, w] = b[o] + Σ_c Σ_ij weight[o, c, i, j]·x[c, h·stride + i·dilation - padding, …]
 *
 * Shapes: x [N, I, H, W] → [N, O, H', W']
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.Conv2d(3, 6, 5);
 * layer.forward(zeros([1, 3, 32, 32])).shape; // → [1, 6, 28, 28]
 * new nn.Conv2d(3, 6, 3, { stride: 2, padding: 1 }).forward(zeros([1, 3, 32, 32])).shape; // → [1, 6, 16, 16]
 * ```
 */
export class Conv2d<
  const I extends number = number,
  const O extends number = number,
> extends PlainConvolution<Conv2dFn<I, O>, I, O> {
  protected override rank(): number {
    return 2;
  }
}

/**
 * Cross-correlation along three axes: [N, I, D, H, W] becomes [N, O, D', H', W'].
 *
 * Formula: as `Conv2d`, with one sum more
 *
 * Shapes: x [N, I, D, H, W] → [N, O, D', H', W']
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.Conv3d(1, 2, 3).forward(zeros([1, 1, 4, 4, 4])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class Conv3d<
  const I extends number = number,
  const O extends number = number,
> extends PlainConvolution<ConvFn<'Conv3d', I, O, [number, number, number]>, I, O> {
  protected override rank(): number {
    return 3;
  }
}

export interface TransposedOptions {
  /** Added to the lengths of the result, to choose among those a stride can come from. Default: 0. */
  outputPadding?: ops.PerAxis;
  padding?: ops.PerAxis;
  paddingMode?: 'zeros';
}

abstract class TransposedConvolution<
  F extends ShapeFn,
  I extends number,
  O extends number,
> extends Convolution<F, I, O, TransposedOptions> {
  protected override known(): readonly string[] {
    return [...ops.transposedOptions, 'bias', 'paddingMode'];
  }

  protected override weightShape(inChannels: number, outChannels: number, groups: number): Shape {
    return [inChannels, outChannels / groups, ...this.kernelSize];
  }

  protected override build(op: string, x: Node, weight: Node, bias: Node | null): Node {
    return ops.transposedConvolution(op, x, weight, bias, this.options);
  }
}

/**
 * The transpose of `Conv1d`: [N, I, L] becomes [N, O, L']. Weight [I, O / groups, K].
 *
 * Formula: y[o, t·stride + k·dilation - padding] += w[c, o, k]·x[c, t], beginning at b[o]
 *
 * Shapes: x [N, I, L] → [N, O, L'], L' = (L - 1)·stride - 2·padding + dilation·(K - 1) + outputPadding + 1
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.ConvTranspose1d(1, 1, 2, { stride: 2, bias: false });
 * nn.init.ones(layer.weight);
 * await layer.forward(tensor([[[1, 2]]])).tolist(); // → [[[1, 1, 2, 2]]]
 * ```
 */
export class ConvTranspose1d<
  const I extends number = number,
  const O extends number = number,
> extends TransposedConvolution<ConvFn<'ConvTranspose1d', I, O, [number]>, I, O> {
  protected override rank(): number {
    return 1;
  }
}

/**
 * The transpose of `Conv2d`: [N, I, H, W] becomes [N, O, H', W'], with
 * H' = (H - 1)·stride - 2·padding + dilation·(K - 1) + outputPadding + 1. Weight [I, O / groups, KH, KW].
 *
 * Formula: y at every place of the window += weight·x, beginning at b[o]
 *
 * Shapes: x [N, I, H, W] → [N, O, H', W']
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.ConvTranspose2d(4, 2, 2, { stride: 2 }).forward(zeros([1, 4, 8, 8])).shape; // → [1, 2, 16, 16]
 * ```
 */
export class ConvTranspose2d<
  const I extends number = number,
  const O extends number = number,
> extends TransposedConvolution<ConvFn<'ConvTranspose2d', I, O, [number, number]>, I, O> {
  protected override rank(): number {
    return 2;
  }
}

/**
 * The transpose of `Conv3d`: [N, I, D, H, W] becomes [N, O, D', H', W'].
 *
 * Formula: y at every place of the window += weight·x, beginning at b[o]
 *
 * Shapes: x [N, I, D, H, W] → [N, O, D', H', W']
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.ConvTranspose3d(1, 2, 3).forward(zeros([1, 1, 2, 2, 2])).shape; // → [1, 2, 4, 4, 4]
 * ```
 */
export class ConvTranspose3d<
  const I extends number = number,
  const O extends number = number,
> extends TransposedConvolution<ConvFn<'ConvTranspose3d', I, O, [number, number, number]>, I, O> {
  protected override rank(): number {
    return 3;
  }
}
