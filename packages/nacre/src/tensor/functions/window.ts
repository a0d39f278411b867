/** Functions of windows that slide along axes: convolutions and pooling. Inputs are [N, C, …], or [C, …] without a batch. */

import { ShapeMismatchError, showShape } from '../../base/errors.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { ConvolutionOptions, PerAxis, PoolOptions } from '../ops/window.ts';
import type { Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';

export type { ConvolutionOptions, PerAxis, PoolOptions } from '../ops/window.ts';

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
type Pooling = (input: Tensor, kernelSize: PerAxis, options?: PoolOptions) => Tensor;
type AdaptivePooling = (input: Tensor, outputSize: PerAxis) => Tensor;

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
      ops.convolution(op, nodeOf(op, input), kernelOf(op, weight, rank), optionalNode(op, bias), options),
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
        options,
      ),
    );

const pooling =
  (op: string, rank: number, build: typeof ops.maxPool): Pooling =>
  (input, kernelSize, options) =>
    new Tensor(build(op, nodeOf(op, input), kernelSize, rank, options));

const adaptive =
  (op: string, rank: number, build: typeof ops.adaptiveAvgPool): AdaptivePooling =>
  (input, outputSize) =>
    new Tensor(build(op, nodeOf(op, input), outputSize, rank));

/** Cross-correlation along one axis: [N, C, L] with kernels [O, C / groups, K] gives [N, O, L']. */
export const conv1d = convolution('conv1d', 1);
/** Along two: [N, C, H, W] with [O, C / groups, KH, KW]. L' = ⌊(L + 2·padding - dilation·(K - 1) - 1) / stride⌋ + 1 on each axis. */
export const conv2d = convolution('conv2d', 2);
/** Along three axes. */
export const conv3d = convolution('conv3d', 3);
/** The transpose of `conv1d` with respect to its input: kernels [C, O / groups, K]. */
export const convTranspose1d = transposed('convTranspose1d', 1);
/** The transpose of `conv2d`: L' = (L - 1)·stride - 2·padding + dilation·(K - 1) + outputPadding + 1. */
export const convTranspose2d = transposed('convTranspose2d', 2);
export const convTranspose3d = transposed('convTranspose3d', 3);
/** The largest element of each window. */
export const maxPool1d = pooling('maxPool1d', 1, ops.maxPool);
export const maxPool2d = pooling('maxPool2d', 2, ops.maxPool);
export const maxPool3d = pooling('maxPool3d', 3, ops.maxPool);
/** The mean of each window. */
export const avgPool1d = pooling('avgPool1d', 1, ops.avgPool);
export const avgPool2d = pooling('avgPool2d', 2, ops.avgPool);
export const avgPool3d = pooling('avgPool3d', 3, ops.avgPool);
/** Means over parts that divide each axis as equally as can be. */
export const adaptiveAvgPool1d = adaptive('adaptiveAvgPool1d', 1, ops.adaptiveAvgPool);
export const adaptiveAvgPool2d = adaptive('adaptiveAvgPool2d', 2, ops.adaptiveAvgPool);
export const adaptiveAvgPool3d = adaptive('adaptiveAvgPool3d', 3, ops.adaptiveAvgPool);
/** The largest elements of the same parts. */
export const adaptiveMaxPool1d = adaptive('adaptiveMaxPool1d', 1, ops.adaptiveMaxPool);
export const adaptiveMaxPool2d = adaptive('adaptiveMaxPool2d', 2, ops.adaptiveMaxPool);
export const adaptiveMaxPool3d = adaptive('adaptiveMaxPool3d', 3, ops.adaptiveMaxPool);
