/** Functions of windows that slide along axes: convolutions and pooling. Inputs are [N, C, …], or [C, …] without a batch. */

import { ShapeMismatchError, showShape } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type {
  AvgPoolOptions,
  ConvolutionOptions,
  IndicesOption,
  MaxPoolOptions,
  PartsPerAxis,
  PerAxis,
  UnpoolOptions,
} from '../ops/window.ts';
import type { Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

export type {
  AvgPoolOptions,
  ConvolutionOptions,
  IndicesOption,
  MaxPoolOptions,
  PartsPerAxis,
  PerAxis,
  PoolOptions,
  UnpoolOptions,
} from '../ops/window.ts';

type Convolution = (
  input: Tensor,
  weight: Tensor,
  bias?: Optional<Tensor>,
  options?: ConvolutionOptions,
) => Tensor;
type TransposedOptions = ConvolutionOptions & {
  /** Added to the length of the output at its end, to choose among the lengths a stride can come from. Default 0. */
  outputPadding?: PerAxis;
};
type TransposedConvolution = (
  input: Tensor,
  weight: Tensor,
  bias?: Optional<Tensor>,
  options?: TransposedOptions,
) => Tensor;

/** What a pooling of maxima gives: the values, and with `returnIndices` their places too. */
type Maxima<R extends boolean> = R extends true ? [values: Tensor, indices: Tensor<Shape, 'int32'>] : Tensor;
type MaxPooling = <R extends boolean = false>(
  input: Tensor,
  kernelSize: PerAxis,
  options?: MaxPoolOptions<R>,
) => Maxima<R>;
type AvgPooling = (input: Tensor, kernelSize: PerAxis, options?: AvgPoolOptions) => Tensor;
type Unpooling = (input: Tensor, indices: Tensor, kernelSize: PerAxis, options?: UnpoolOptions) => Tensor;
type AdaptiveAvgPooling = (input: Tensor, outputSize: PartsPerAxis) => Tensor;
type AdaptiveMaxPooling = <R extends boolean = false>(
  input: Tensor,
  outputSize: PartsPerAxis,
  options?: IndicesOption<R>,
) => Maxima<R>;

function kernelOf(op: string, weight: Tensor, rank: number): Tensor['node'] {
  const node = nodeOf(op, weight);
  if (node.shape.length !== rank + 2) {
    throw new ShapeMismatchError(`weight: ${showShape(node.shape)}, expected ${rank + 2} dimensions`, {
      op,
      shapes: [node.shape],
    });
  }
  return node;
}

const convolution =
  (op: string, rank: number): Convolution =>
  (input, weight, bias, options) =>
    new Tensor(
      ops.convolution(
        op,
        nodeOf(op, input),
        kernelOf(op, weight, rank),
        optionalNode(op, bias),
        optionsOf(op, options, ops.convolutionOptions),
      ),
    );

const transposed =
  (op: string, rank: number): TransposedConvolution =>
  (input, weight, bias, options) =>
    new Tensor(
      ops.transposedConvolution(
        op,
        nodeOf(op, input),
        kernelOf(op, weight, rank),
        optionalNode(op, bias),
        optionsOf(op, options, ops.transposedOptions),
      ),
    );

const maxPooling = (op: string, rank: number): MaxPooling =>
  ((input: Tensor, kernelSize: PerAxis, options?: MaxPoolOptions): Maxima<boolean> => {
    const known = optionsOf(op, options, ops.maxPoolOptions);
    const x = nodeOf(op, input);
    const values = new Tensor(ops.maxPool(op, x, kernelSize, rank, known));
    if (!known.returnIndices) return values;
    return [values, new Tensor(ops.maxPoolPlaces(op, x, kernelSize, rank, known))];
  }) as MaxPooling;

const avgPooling =
  (op: string, rank: number): AvgPooling =>
  (input, kernelSize, options) =>
    new Tensor(
      ops.avgPool(op, nodeOf(op, input), kernelSize, rank, optionsOf(op, options, ops.avgPoolOptions)),
    );

const unpooling =
  (op: string, rank: number): Unpooling =>
  (input, indices, kernelSize, options) =>
    new Tensor(
      ops.maxUnpool(
        op,
        nodeOf(op, input),
        nodeOf(op, indices),
        kernelSize,
        rank,
        optionsOf(op, options, ops.unpoolOptions),
      ),
    );

const adaptiveAvg =
  (op: string, rank: number): AdaptiveAvgPooling =>
  (input, outputSize) =>
    new Tensor(ops.adaptiveAvgPool(op, nodeOf(op, input), outputSize, rank));

const adaptiveMax = (op: string, rank: number): AdaptiveMaxPooling =>
  ((input: Tensor, outputSize: PartsPerAxis, options?: IndicesOption<boolean>): Maxima<boolean> => {
    const { returnIndices } = optionsOf(op, options, ops.adaptiveMaxPoolOptions);
    const x = nodeOf(op, input);
    const values = new Tensor(ops.adaptiveMaxPool(op, x, outputSize, rank));
    if (!returnIndices) return values;
    return [values, new Tensor(ops.adaptiveMaxPoolPlaces(op, x, outputSize, rank))];
  }) as AdaptiveMaxPooling;

/**
 * Cross-correlation along one axis: [N, C, L] with kernels [O, C / groups, K] gives [N, O, L'].
 *
 * Formula: y[o, t] = b[o] + Σ_c Σ_k w[o, c, k]·x[c, t·stride + k·dilation - padding]
 *
 * Shapes: input [N, C, L], weight [O, C / groups, K], bias [O] → [N, O, L'], L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) /
 * stride⌋ + 1
 *
 * @example
 * ```ts
 * import { conv1d, tensor } from 'nacre';
 * await conv1d(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 1]]])).tolist(); // → [[[3, 5, 7]]]
 * await conv1d(tensor([[[1, 2, 3, 4]]]), tensor([[[1, 1]]]), null, { stride: 2 }).tolist(); // → [[[3, 7]]]
 * ```
 */
export const conv1d = convolution('conv1d', 1);
/**
 * Cross-correlation along two axes; options as for `conv1d`, each a number or one for each axis.
 *
 * Formula: y[o, h, w] = b[o] + Σ_c Σ_ij weight[o, c, i, j]·x[c, h·stride + i·dilation - padding, …]
 *
 * Shapes: input [N, C, H, W], weight [O, C / groups, KH, KW], bias [O] → [N, O, H', W'], H' = ⌊(H + 2·padding - dilation·(KH -
 * 1) - 1) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { conv2d, ones } from 'nacre';
 * await conv2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2])).tolist(); // → [[[[4, 4], [4, 4]]]]
 * conv2d(ones([1, 1, 3, 3]), ones([8, 1, 3, 3]), null, { padding: 1 }).shape; // → [1, 8, 3, 3]
 * ```
 */
export const conv2d = convolution('conv2d', 2);
/**
 * Cross-correlation along three axes; options as for `conv1d`.
 *
 * Formula: as `conv2d`, with one sum more
 *
 * Shapes: input [N, C, D, H, W], weight [O, C / groups, KD, KH, KW], bias [O] → [N, O, D', H', W']
 *
 * @example
 * ```ts
 * import { conv3d, ones } from 'nacre';
 * await conv3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2])).tolist(); // → [[[[[8]]]]]
 * ```
 */
export const conv3d = convolution('conv3d', 3);
/**
 * The transpose of `conv1d` with respect to its input.
 *
 * Formula: y[o, t·stride + k·dilation - padding] += w[c, o, k]·x[c, t], beginning at b[o]
 *
 * Shapes: input [N, C, L], weight [C, O / groups, K], bias [O] → [N, O, L'], L' = (L - 1)·stride - 2·padding + dilation·(K - 1)
 * + outputPadding + 1
 *
 * @example
 * ```ts
 * import { convTranspose1d, tensor } from 'nacre';
 * await convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]])).tolist(); // → [[[1, 12, 20]]]
 * ```
 */
export const convTranspose1d = transposed('convTranspose1d', 1);
/**
 * The transpose of `conv2d` with respect to its input.
 *
 * Formula: y at every place of the window += weight·x, beginning at b[o]
 *
 * Shapes: input [N, C, H, W], weight [C, O / groups, KH, KW], bias [O] → [N, O, H', W'], H' = (H - 1)·stride - 2·padding +
 * dilation·(KH - 1) + outputPadding + 1
 *
 * @example
 * ```ts
 * import { convTranspose2d, ones } from 'nacre';
 * await convTranspose2d(ones([1, 1, 1, 2]), ones([1, 1, 1, 2])).tolist(); // → [[[[1, 2, 1]]]]
 * ```
 */
export const convTranspose2d = transposed('convTranspose2d', 2);
/**
 * The transpose of `conv3d` with respect to its input.
 *
 * Formula: y at every place of the window += weight·x, beginning at b[o]
 *
 * Shapes: input [N, C, D, H, W], weight [C, O / groups, KD, KH, KW], bias [O] → [N, O, D', H', W']
 *
 * @example
 * ```ts
 * import { convTranspose3d, ones } from 'nacre';
 * convTranspose3d(ones([1, 1, 2, 2, 2]), ones([1, 4, 3, 3, 3])).shape; // → [1, 4, 4, 4, 4]
 * ```
 */
export const convTranspose3d = transposed('convTranspose3d', 3);
/**
 * The largest element of each window; `stride` is the size of the window by default. Of equal elements the first one gets the gradient.
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: input [N, C, L] → [N, C, L'], L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { maxPool1d, tensor } from 'nacre';
 * await maxPool1d(tensor([[[1, 3, 2, 4]]]), 2).tolist(); // → [[[3, 4]]]
 * const [values, indices] = maxPool1d(tensor([[[1, 3, 2, 4]]]), 2, { returnIndices: true });
 * await indices.tolist(); // → [[[1, 3]]]
 * ```
 */
export const maxPool1d = maxPooling('maxPool1d', 1);
/**
 * The largest element of each window of images; options as for `maxPool1d`.
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: input [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { maxPool2d, tensor } from 'nacre';
 * await maxPool2d(tensor([[[[1, 3], [2, 4]]]]), 2).tolist(); // → [[[[4]]]]
 * ```
 */
export const maxPool2d = maxPooling('maxPool2d', 2);
/**
 * The largest element of each window of volumes; options as for `maxPool1d`.
 *
 * Formula: y[t] = max over k of x[t·stride + k·dilation - padding]
 *
 * Shapes: input [N, C, D, H, W] → [N, C, D', H', W']
 *
 * @example
 * ```ts
 * import { maxPool3d, ones } from 'nacre';
 * maxPool3d(ones([1, 2, 4, 4, 4]), 2).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export const maxPool3d = maxPooling('maxPool3d', 3);
/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `maxPool1d` with `returnIndices`.
 * `outputSize` chooses among the lengths a stride can come from. Throws an IndexError for a place outside the result.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: input, indices [N, C, L] → [N, C, L'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { maxPool1d, maxUnpool1d, tensor } from 'nacre';
 * const [values, indices] = maxPool1d(tensor([[[1, 3, 2, 4]]]), 2, { returnIndices: true });
 * await maxUnpool1d(values, indices, 2).tolist(); // → [[[0, 3, 0, 4]]]
 * ```
 */
export const maxUnpool1d = unpooling('maxUnpool1d', 1);
/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `maxPool2d` with `returnIndices`.
 * `outputSize` chooses among the lengths a stride can come from. Throws an IndexError for a place outside the result.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: input, indices [N, C, H, W] → [N, C, H', W'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { maxPool2d, maxUnpool2d, tensor } from 'nacre';
 * const [values, indices] = maxPool2d(tensor([[[[1, 3], [2, 4]]]]), 2, { returnIndices: true });
 * await maxUnpool2d(values, indices, 2).tolist(); // → [[[[0, 0], [0, 4]]]]
 * ```
 */
export const maxUnpool2d = unpooling('maxUnpool2d', 2);
/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `maxPool3d` with `returnIndices`.
 * `outputSize` chooses among the lengths a stride can come from. Throws an IndexError for a place outside the result.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: input, indices [N, C, D, H, W] → [N, C, D', H', W'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { maxPool3d, maxUnpool3d, ones } from 'nacre';
 * const [values, indices] = maxPool3d(ones([1, 2, 4, 4, 4]), 2, { returnIndices: true });
 * maxUnpool3d(values, indices, 2).shape; // → [1, 2, 4, 4, 4]
 * ```
 */
export const maxUnpool3d = unpooling('maxUnpool3d', 3);
/**
 * The mean of each window; `stride` is the size of the window by default, `divisorOverride` what its sum is divided by instead of its
 * number of elements.
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: input [N, C, L] → [N, C, L'], L' = ⌊(L + 2·padding - K) / stride⌋ + 1
 *
 * @example
 * ```ts
 * import { avgPool1d, tensor } from 'nacre';
 * await avgPool1d(tensor([[[1, 3, 2, 4]]]), 2).tolist(); // → [[[2, 3]]]
 * ```
 */
export const avgPool1d = avgPooling('avgPool1d', 1);
/**
 * The mean of each window of images; options as for `avgPool1d`.
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: input [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { avgPool2d, tensor } from 'nacre';
 * await avgPool2d(tensor([[[[1, 3], [2, 4]]]]), 2).tolist(); // → [[[[2.5]]]]
 * ```
 */
export const avgPool2d = avgPooling('avgPool2d', 2);
/**
 * The mean of each window of volumes; options as for `avgPool1d`.
 *
 * Formula: y[t] = Σ over k of x[t·stride + k - padding] / K
 *
 * Shapes: input [N, C, D, H, W] → [N, C, D', H', W']
 *
 * @example
 * ```ts
 * import { avgPool3d, ones } from 'nacre';
 * avgPool3d(ones([1, 2, 4, 4, 4]), 2).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export const avgPool3d = avgPooling('avgPool3d', 3);
/**
 * Means over parts that divide each axis as equally as can be; null leaves an axis as it is.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, L] → [N, C, outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool1d, tensor } from 'nacre';
 * await adaptiveAvgPool1d(tensor([[[1, 3, 2, 4]]]), 2).tolist(); // → [[[2, 3]]]
 * ```
 */
export const adaptiveAvgPool1d = adaptiveAvg('adaptiveAvgPool1d', 1);
/**
 * Means over parts of images that divide each axis as equally as can be.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool2d, tensor } from 'nacre';
 * await adaptiveAvgPool2d(tensor([[[[1, 3], [2, 4]]]]), 1).tolist(); // → [[[[2.5]]]]
 * ```
 */
export const adaptiveAvgPool2d = adaptiveAvg('adaptiveAvgPool2d', 2);
/**
 * Means over parts of volumes that divide each axis as equally as can be.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, D, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool3d, ones } from 'nacre';
 * adaptiveAvgPool3d(ones([1, 2, 5, 5, 5]), 2).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export const adaptiveAvgPool3d = adaptiveAvg('adaptiveAvgPool3d', 3);
/**
 * The largest elements of parts that divide the axis as equally as can be.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, L] → [N, C, outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool1d, tensor } from 'nacre';
 * await adaptiveMaxPool1d(tensor([[[1, 3, 2, 4]]]), 2).tolist(); // → [[[3, 4]]]
 * ```
 */
export const adaptiveMaxPool1d = adaptiveMax('adaptiveMaxPool1d', 1);
/**
 * The largest elements of parts of images that divide each axis as equally as can be.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, tensor } from 'nacre';
 * await adaptiveMaxPool2d(tensor([[[[1, 3], [2, 4]]]]), 1).tolist(); // → [[[[4]]]]
 * ```
 */
export const adaptiveMaxPool2d = adaptiveMax('adaptiveMaxPool2d', 2);
/**
 * The largest elements of parts of volumes that divide each axis as equally as can be.
 *
 * Formula: part i of an axis is from ⌊i·L / L'⌋ to ⌈(i + 1)·L / L'⌉
 *
 * Shapes: input [N, C, D, H, W] → [N, C, ...outputSize]
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool3d, ones } from 'nacre';
 * adaptiveMaxPool3d(ones([1, 2, 5, 5, 5]), 2).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export const adaptiveMaxPool3d = adaptiveMax('adaptiveMaxPool3d', 3);
