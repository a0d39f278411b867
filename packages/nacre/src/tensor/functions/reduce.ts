/** Functions that take axes away, and those that look along an axis. */
import * as ops from '../ops/index.ts';
import type {
  AxisFn,
  FitsReduce,
  Keepdim,
  NormOptions,
  PlaceFn,
  Reduced,
  ReduceFn,
  ValuesAndIndices,
  VarianceFn,
} from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Dims, Shape } from '../types/index.ts';

/** Σ x. */
export const sum: ReduceFn<'sum', 'numeric'> = (x, dim, options) =>
  wrap(ops.sumOf(x.node, dim, options?.keepdim));

/** Π x. */
export const prod: ReduceFn<'prod', 'numeric'> = (x, dim, options) =>
  wrap(ops.prod(x.node, dim, options?.keepdim));

/** Σ x / n. */
export const mean: ReduceFn<'mean', 'float'> = (x, dim, options) =>
  wrap(ops.mean(x.node, dim, options?.keepdim));

/** The largest element; a gradient is shared between equal ones. */
export const amax: ReduceFn<'amax', 'same'> = (x, dim, options) =>
  wrap(ops.amax(x.node, dim, options?.keepdim));

/** The smallest element; a gradient is shared between equal ones. */
export const amin: ReduceFn<'amin', 'same'> = (x, dim, options) =>
  wrap(ops.amin(x.node, dim, options?.keepdim));

/** Whether an element is not 0. */
export const any: ReduceFn<'any', 'bool'> = (x, dim, options) => wrap(ops.any(x.node, dim, options?.keepdim));
/** Whether no element is 0. */
export const all: ReduceFn<'all', 'bool'> = (x, dim, options) => wrap(ops.all(x.node, dim, options?.keepdim));
/** The first place of the largest element along an axis, or in the flattened tensor, as int32. */
export const argmax: PlaceFn<'argmax'> = (x, dim, options) => wrap(ops.argmax(x.node, dim, options?.keepdim));
/** The first place of the smallest element along an axis, or in the flattened tensor, as int32. */
export const argmin: PlaceFn<'argmin'> = (x, dim, options) => wrap(ops.argmin(x.node, dim, options?.keepdim));
/** Σ (x - mean)² / (n - correction). */
export const variance: VarianceFn<'var'> = (x, dim, options) =>
  wrap(ops.variance(x.node, dim, options?.correction, options?.keepdim));
export { variance as var };
/** The square root of the variance. */
export const std: VarianceFn<'std'> = (x, dim, options) =>
  wrap(ops.std(x.node, dim, options?.correction, options?.keepdim));

/** The largest element; along an axis, the largest elements and their places (the first of equal ones). */
export function max<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function max<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'max', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'max', T, Axis, K>;
export function max(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  return dim === undefined || dim === null ? x.max() : x.max(dim, options);
}

/** The smallest element; along an axis, the smallest elements and their places (the first of equal ones). */
export function min<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function min<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'min', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'min', T, Axis, K>;
export function min(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  return dim === undefined || dim === null ? x.min() : x.min(dim, options);
}

/** (Σ |x|^p)^(1/p), as `norm(x, { p, dim, keepdim })` or `norm(x, p, dim, { keepdim })`; p is 2 by default. */
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
  return typeof p === 'number' ? x.norm(p, dim, options) : x.norm(p);
}

/** log Σ exp(x), without overflow. */
export const logsumexp = <T extends Tensor, const Axes extends number | Shape, K extends boolean = false>(
  x: T,
  dim: Axes & FitsReduce<'logsumexp', T, Axes, K>,
  options?: Keepdim<K>,
): Reduced<'logsumexp', 'float', T, Axes, K> => new Tensor(ops.logsumexp(x.node, dim, options?.keepdim));

/** exp(x) / Σ exp(x) along an axis. */
export const softmax: AxisFn<'softmax'> = (x, dim) => wrap(ops.softmax(x.node, dim));
/** log(softmax(x)), without computing the softmax. */
export const logSoftmax: AxisFn<'logSoftmax'> = (x, dim) => wrap(ops.logSoftmax(x.node, dim));
