/** Functions that take axes away, and those that look along an axis. */
import { optionsOf } from '../../base/options.ts';
import * as ops from '../ops/index.ts';
import type {
  AxisFn,
  FitsReduce,
  Keepdim,
  NormOptions,
  PlaceFn,
  Reduced,
  ReduceFn,
  TotalFn,
  ValuesAndIndices,
  VarianceFn,
} from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Dims, Shape } from '../types/index.ts';

const kept = (op: string, options: Keepdim<boolean> | undefined): boolean | undefined =>
  optionsOf(op, options, ['keepdim']).keepdim;

/**
 * The sum of all elements, or along the axis or axes `dim`; of integers and bool as int32, or in the `dtype` asked for. Throws an ArgumentError if `dim` is no
 * axis.
 *
 * Formula: Σ x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { sum, tensor } from 'nacre';
 * const x = tensor([[1, 2], [3, 4]]);
 * await sum(x).item(); // → 10
 * await sum(x, 0).tolist(); // → [4, 6]
 * await sum(x, 1, { keepdim: true }).tolist(); // → [[3], [7]]
 * sum(x, null, { dtype: 'float64' }).dtype; // → 'float64'
 * ```
 */
export const sum: TotalFn<'sum', 'total'> = (x, dim, options) => {
  const { keepdim, dtype } = optionsOf('sum', options, ['keepdim', 'dtype']);
  return wrap(ops.inDType('sum', x.node, dtype, (value) => ops.sumOf(value, dim, keepdim)));
};

/**
 * The product of all elements, or along the axis or axes `dim`; of integers and bool as int32.
 *
 * Formula: Π x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { prod, tensor } from 'nacre';
 * await prod(tensor([[1, 2], [3, 4]]), 1).tolist(); // → [2, 12]
 * ```
 */
export const prod: TotalFn<'prod', 'total'> = (x, dim, options) => {
  const { keepdim, dtype } = optionsOf('prod', options, ['keepdim', 'dtype']);
  return wrap(ops.inDType('prod', x.node, dtype, (value) => ops.prod(value, dim, keepdim)));
};

/**
 * The mean of all elements, or along the axis or axes `dim`; of integers a float32.
 *
 * Formula: Σ x / n
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { mean, tensor } from 'nacre';
 * await mean(tensor([[1, 2], [3, 4]]), 0).tolist(); // → [2, 3]
 * ```
 */
export const mean: TotalFn<'mean', 'float'> = (x, dim, options) => {
  const { keepdim, dtype } = optionsOf('mean', options, ['keepdim', 'dtype']);
  return wrap(ops.inDType('mean', x.node, dtype, (value) => ops.mean(value, dim, keepdim), true));
};

/**
 * The largest element, of all or along the axis or axes `dim`; a gradient is shared between equal ones.
 *
 * Formula: max x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { amax, tensor } from 'nacre';
 * await amax(tensor([[1, 5], [7, 2]]), 1).tolist(); // → [5, 7]
 * ```
 */
export const amax: ReduceFn<'amax', 'same'> = (x, dim, options) =>
  wrap(ops.amax(x.node, dim, kept('amax', options)));

/**
 * The smallest element, of all or along the axis or axes `dim`; a gradient is shared between equal ones.
 *
 * Formula: min x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { amin, tensor } from 'nacre';
 * await amin(tensor([[1, 5], [7, 2]]), 1).tolist(); // → [1, 2]
 * ```
 */
export const amin: ReduceFn<'amin', 'same'> = (x, dim, options) =>
  wrap(ops.amin(x.node, dim, kept('amin', options)));

/**
 * Whether an element is not 0, of all or along the axis or axes `dim`.
 *
 * Formula: x₁ ≠ 0 or x₂ ≠ 0 or …
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { any, tensor } from 'nacre';
 * await any(tensor([[0, 1], [0, 0]]), 1).tolist(); // → [true, false]
 * ```
 */
export const any: ReduceFn<'any', 'bool'> = (x, dim, options) =>
  wrap(ops.any(x.node, dim, kept('any', options)));
/**
 * Whether no element is 0, of all or along the axis or axes `dim`.
 *
 * Formula: x₁ ≠ 0 and x₂ ≠ 0 and …
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { all, tensor } from 'nacre';
 * await all(tensor([[0, 1], [2, 3]]), 1).tolist(); // → [false, true]
 * ```
 */
export const all: ReduceFn<'all', 'bool'> = (x, dim, options) =>
  wrap(ops.all(x.node, dim, kept('all', options)));
/**
 * The first place of the largest element along an axis, or in the flattened tensor, as int32.
 *
 * Formula: the smallest i with x[i] = max x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { argmax, tensor } from 'nacre';
 * await argmax(tensor([[1, 9, 3], [7, 7, 5]]), 1).tolist(); // → [1, 0]
 * ```
 */
export const argmax: PlaceFn<'argmax'> = (x, dim, options) =>
  wrap(ops.argmax(x.node, dim, kept('argmax', options)));
/**
 * The first place of the smallest element along an axis, or in the flattened tensor, as int32.
 *
 * Formula: the smallest i with x[i] = min x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { argmin, tensor } from 'nacre';
 * await argmin(tensor([[4, 2, 3], [5, 5, 7]]), 1).tolist(); // → [1, 0]
 * ```
 */
export const argmin: PlaceFn<'argmin'> = (x, dim, options) =>
  wrap(ops.argmin(x.node, dim, kept('argmin', options)));
/**
 * The variance, with Bessel's correction: `correction` (default 1) is subtracted from the number of elements. Also exported as
 * `var`.
 *
 * Formula: Σ (x - mean)² / (n - correction)
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { tensor, variance } from 'nacre';
 * await variance(tensor([1, 2, 3, 4])).item(); // → 1.6667
 * await variance(tensor([1, 2, 3, 4]), null, { correction: 0 }).item(); // → 1.25
 * ```
 */
export const variance: VarianceFn<'var'> = (x, dim, options) => {
  const { correction, keepdim } = optionsOf('var', options, ['correction', 'keepdim']);
  return wrap(ops.variance(x.node, dim, correction, keepdim));
};
export { variance as var };
/**
 * The standard deviation; options as for `variance`.
 *
 * Formula: √(Σ (x - mean)² / (n - correction))
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { std, tensor } from 'nacre';
 * await std(tensor([1, 2, 3, 4])).item(); // → 1.291
 * ```
 */
export const std: VarianceFn<'std'> = (x, dim, options) => {
  const { correction, keepdim } = optionsOf('std', options, ['correction', 'keepdim']);
  return wrap(ops.std(x.node, dim, correction, keepdim));
};

/**
 * The largest element; along an axis, the largest elements and their places (the first of equal ones).
 *
 * Formula: max x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { max, tensor } from 'nacre';
 * const x = tensor([[1, 5], [7, 2]]);
 * await max(x).item(); // → 7
 * const [values, indices] = max(x, 1);
 * await values.tolist(); // → [5, 7]
 * await indices.tolist(); // → [1, 0]
 * ```
 */
export function max<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function max<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'max', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'max', T, Axis, K>;
export function max(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  kept('max', options);
  return dim === undefined || dim === null ? x.max() : x.max(dim, options);
}

/**
 * The smallest element; along an axis, the smallest elements and their places (the first of equal ones).
 *
 * Formula: min x
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { min, tensor } from 'nacre';
 * const x = tensor([[1, 5], [7, 2]]);
 * await min(x).item(); // → 1
 * const [values, indices] = min(x, 1);
 * await values.tolist(); // → [1, 2]
 * await indices.tolist(); // → [0, 1]
 * ```
 */
export function min<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function min<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'min', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'min', T, Axis, K>;
export function min(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  kept('min', options);
  return dim === undefined || dim === null ? x.min() : x.min(dim, options);
}

/**
 * The norm of order p (default 2), as `norm(x, { p, dim, keepdim })` or `norm(x, p, dim, { keepdim })`; p may be Infinity, negative, -Infinity, or 0
 * to count what is not 0.
 *
 * Formula: (Σ |x|^p)^(1/p)
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { norm, tensor } from 'nacre';
 * await norm(tensor([3, 4])).item(); // → 5
 * await norm(tensor([[3, -4], [0, 1]]), { p: 1, dim: 1 }).tolist(); // → [7, 1]
 * ```
 */
export function norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
  x: T,
  options?: NormOptions<Axes, K> & FitsReduce<'norm', T, Axes, K>,
): Reduced<'norm', 'float', T, Axes, K>;
export function norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
  x: T,
  p: number,
  dim?: Axes & FitsReduce<'norm', T, Axes, K>,
  options?: Keepdim<K>,
): Reduced<'norm', 'float', T, Axes, K>;
export function norm(
  x: Tensor,
  p: number | NormOptions<Dims, boolean> = {},
  dim?: Dims,
  options?: Keepdim<boolean>,
): Tensor {
  if (typeof p === 'number') {
    kept('norm', options);
    return x.norm(p, dim, options);
  }
  return x.norm(optionsOf('norm', p, ['p', 'dim', 'keepdim']));
}

/**
 * The logarithm of the sum of exponentials along the axis or axes `dim`, without overflow.
 *
 * Formula: log Σ exp(x)
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim: true` (default: false)
 *
 * @example
 * ```ts
 * import { logsumexp, tensor } from 'nacre';
 * await logsumexp(tensor([[0, 0], [1000, 1000]]), 1).tolist(); // → [0.6931, 1000.6931]
 * ```
 */
export const logsumexp = <T extends Tensor, const Axes extends number | Shape, K extends boolean = false>(
  x: T,
  dim: Axes & FitsReduce<'logsumexp', T, Axes, K>,
  options?: Keepdim<K>,
): Reduced<'logsumexp', 'float', T, Axes, K> =>
  new Tensor(ops.logsumexp(x.node, dim, kept('logsumexp', options)));

/**
 * Positive numbers that sum to 1 along the axis `dim`, without overflow.
 *
 * Formula: exp(x) / Σ exp(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { softmax, tensor } from 'nacre';
 * await softmax(tensor([0, Math.log(3)]), 0).tolist(); // → [0.25, 0.75]
 * ```
 */
export const softmax: AxisFn<'softmax'> = (x, dim, options) => {
  const { dtype } = optionsOf('softmax', options, ['dtype']);
  return wrap(ops.inDType('softmax', x.node, dtype, (value) => ops.softmax(value, dim), true));
};
/**
 * The logarithm of the softmax along the axis `dim`, without computing the softmax.
 *
 * Formula: x - log Σ exp(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from 'nacre';
 * await logSoftmax(tensor([0, Math.log(3)]), 0).tolist(); // → [-1.3863, -0.2877]
 * ```
 */
export const logSoftmax: AxisFn<'logSoftmax'> = (x, dim, options) => {
  const { dtype } = optionsOf('logSoftmax', options, ['dtype']);
  return wrap(ops.inDType('logSoftmax', x.node, dtype, (value) => ops.logSoftmax(value, dim), true));
};
