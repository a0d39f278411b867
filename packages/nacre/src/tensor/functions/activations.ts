/** Activations that shrink, step or draw their slopes; normalization by neighbouring channels; power-average pooling. */
import { nodeOf } from '../arguments.ts';
import * as activations from '../ops/activations.ts';
import { hardtanh, negative, toFloat } from '../ops/elementwise.ts';
import { softmax } from '../ops/reduce.ts';
import type { PerAxis, PoolOptions } from '../ops/window.ts';
import type { FloatFn, FloatLike } from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

/**
 * x where it is positive, else alpha·(exp(x / alpha) - 1); `alpha` is 1 by default (Barron, 2017). Throws an ArgumentError for alpha 0.
 *
 * Formula: x for x > 0, else alpha·(exp(x / alpha) - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { celu, tensor } from 'nacre';
 * await celu(tensor([-100, 3]), { alpha: 2 }).tolist(); // → [-2, 3]
 * ```
 */
export const celu = <T extends Tensor>(x: T, { alpha = 1 }: { alpha?: number } = {}): FloatLike<T> =>
  new Tensor(activations.celu(nodeOf('celu', x), alpha));

/**
 * x where |x| > lambd, else 0; `lambd` is 0.5 by default.
 *
 * Formula: x for |x| > lambd, else 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { hardshrink, tensor } from 'nacre';
 * await hardshrink(tensor([-2, 0.5, 1])).tolist(); // → [-2, 0, 1]
 * ```
 */
export const hardshrink = <T extends Tensor>(x: T, { lambd = 0.5 }: { lambd?: number } = {}): FloatLike<T> =>
  new Tensor(activations.hardshrink(nodeOf('hardshrink', x), lambd));

/**
 * x - lambd above lambd, x + lambd below -lambd, 0 between; `lambd` is 0.5 by default. Throws an ArgumentError for a negative one.
 *
 * Formula: sign(x)·max(|x| - lambd, 0)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { softshrink, tensor } from 'nacre';
 * await softshrink(tensor([-2, 0.5, 1])).tolist(); // → [-1.5, 0, 0.5]
 * ```
 */
export const softshrink = <T extends Tensor>(x: T, { lambd = 0.5 }: { lambd?: number } = {}): FloatLike<T> =>
  new Tensor(activations.softshrink(nodeOf('softshrink', x), lambd));

/**
 * What the hyperbolic tangent takes away.
 *
 * Formula: x - tanh(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tanhshrink, tensor } from 'nacre';
 * await tanhshrink(tensor([0, 20])).tolist(); // → [0, 19]
 * ```
 */
export const tanhshrink: FloatFn = (x) => wrap(activations.tanhshrink(nodeOf('tanhshrink', x)));

/**
 * x where it is positive, else a slope times x: with `training` one drawn between `lower` (1/8) and `upper` (1/3) for each element,
 * without it (the default) their mean (Xu, Wang, Chen and Li, 2015). Throws an ArgumentError if lower is above upper.
 *
 * Formula: x for x ≥ 0, else slope·x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { rrelu, tensor } from 'nacre';
 * await rrelu(tensor([-4, 4]), { lower: 0.25, upper: 0.75 }).tolist(); // → [-2, 4]
 * ```
 */
export const rrelu = <T extends Tensor>(
  x: T,
  {
    lower = 1 / 8,
    upper = 1 / 3,
    training = false,
  }: { lower?: number; upper?: number; training?: boolean } = {},
): FloatLike<T> => new Tensor(activations.rrelu(nodeOf('rrelu', x), lower, upper, training));

/**
 * 1 where x ≥ threshold (0 by default), else 0: the unit of the perceptron (Rosenblatt, 1958). Its gradient is 0; with `straightThrough`
 * gradients pass as if it were x (Bengio, Léonard and Courville, 2013).
 *
 * Formula: 1 for x ≥ threshold, else 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { binaryStep, tensor } from 'nacre';
 * await binaryStep(tensor([-1, 0, 2])).tolist(); // → [0, 1, 1]
 * ```
 */
export const binaryStep = <T extends Tensor>(
  x: T,
  { threshold = 0, straightThrough = false }: { threshold?: number; straightThrough?: boolean } = {},
): FloatLike<T> => new Tensor(activations.binaryStep(nodeOf('binaryStep', x), threshold, straightThrough));

/**
 * A `relu` that does not rise above 6.
 *
 * Formula: min(max(x, 0), 6)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { relu6, tensor } from 'nacre';
 * await relu6(tensor([-1, 3, 9])).tolist(); // → [0, 3, 6]
 * ```
 */
export const relu6: FloatFn = (x) => wrap(hardtanh(toFloat(nodeOf('relu6', x)), 0, 6));

/**
 * The softmax of -x along an axis.
 *
 * Formula: exp(-x) / Σ exp(-x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { softmin, tensor } from 'nacre';
 * await softmin(tensor([1, 1]), 0).tolist(); // → [0.5, 0.5]
 * ```
 */
export const softmin = <T extends Tensor>(x: T, dim: number): FloatLike<T> =>
  new Tensor(softmax(negative(nodeOf('softmin', x)), dim));

/**
 * Divides by the size of what `size` neighbouring channels have at the same place; beyond the first and the last channel there
 * are zeros. Defaults: alpha 1e-4, beta 0.75, k 1 (Krizhevsky, Sutskever and Hinton, 2012).
 *
 * Formula: x / (k + alpha·mean(x² of `size` neighbouring channels))^beta
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { localResponseNorm, ones } from 'nacre';
 * await localResponseNorm(ones([1, 1, 2]), 1, { alpha: 3, beta: 0.5 }).tolist(); // → [[[0.5, 0.5]]]
 * ```
 */
export const localResponseNorm = <T extends Tensor>(
  x: T,
  size: number,
  options: { alpha?: number; beta?: number; k?: number } = {},
): FloatLike<T> => new Tensor(activations.localResponseNorm(nodeOf('localResponseNorm', x), size, options));

/**
 * The channels of [N, C, …] in `groups` groups, one of each group after the other (Zhang, Zhou, Lin and Sun, 2018). Throws a
 * ShapeMismatchError unless `groups` divides C.
 *
 * Formula: y[j·groups + g] = x[g·C / groups + j] over channels
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { arange, channelShuffle } from 'nacre';
 * await channelShuffle(arange(4).reshape([1, 4, 1]), 2).flatten().tolist(); // → [0, 2, 1, 3]
 * ```
 */
export const channelShuffle = <T extends Tensor>(x: T, groups: number): Tensor<Shape, T['dtype']> =>
  new Tensor(activations.channelShuffle('channelShuffle', nodeOf('channelShuffle', x), groups));

/** Stride and rounding of power-average pooling. */
export type LpPoolOptions = Pick<PoolOptions, 'stride' | 'ceilMode'>;

/**
 * The norm of order `normType` of each window of a sequence. `stride` is the kernel size by default.
 *
 * Formula: (Σ x^normType)^(1 / normType) of each window
 *
 * Shapes: x [N, C, L] → [N, C, L']
 *
 * @example
 * ```ts
 * import { lpPool1d, tensor } from 'nacre';
 * await lpPool1d(tensor([[[3, 4]]]), 2, 2).tolist(); // → [[[5]]]
 * ```
 */
export const lpPool1d = (x: Tensor, normType: number, kernelSize: PerAxis, options?: LpPoolOptions): Tensor =>
  new Tensor(activations.lpPool('lpPool1d', nodeOf('lpPool1d', x), normType, kernelSize, 1, options));

/**
 * The norm of order `normType` of each window of an image. `stride` is the kernel size by default.
 *
 * Formula: (Σ x^normType)^(1 / normType) of each window
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { lpPool2d, ones } from 'nacre';
 * await lpPool2d(ones([1, 1, 2, 2]), 1, 2).tolist(); // → [[[[4]]]]
 * ```
 */
export const lpPool2d = (x: Tensor, normType: number, kernelSize: PerAxis, options?: LpPoolOptions): Tensor =>
  new Tensor(activations.lpPool('lpPool2d', nodeOf('lpPool2d', x), normType, kernelSize, 2, options));

/**
 * Dropout for SELU of whole channels of [N, C, …]: with probability `p` (default 0.5) all of a channel becomes what SELU saturates at, scaled and
 * moved so that mean 0 and variance 1 stay; without `training` (on by default) x (Klambauer et al., 2017).
 *
 * Formula: a·(m·x + (1 - m)·α') + b, m being 0 with probability p for each channel, α' = -1.7581
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { featureAlphaDropout, ones } from 'nacre';
 * await featureAlphaDropout(ones([1, 1, 2]), 0.5, { training: false }).tolist(); // → [[[1, 1]]]
 * ```
 */
export const featureAlphaDropout = <T extends Tensor>(
  x: T,
  p = 0.5,
  { training = true }: { training?: boolean } = {},
): FloatLike<T> =>
  new Tensor(activations.featureAlphaDropout(nodeOf('featureAlphaDropout', x), training ? p : 0));
