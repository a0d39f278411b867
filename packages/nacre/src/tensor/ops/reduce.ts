import { type DType, dtypes, isDType, isFloat } from '../../base/dtype.ts';
import { ArgumentError, DTypeError } from '../../base/errors.ts';
import { resolveAxes, resolveAxis, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  expand,
  keptShape,
  mul,
  reshape,
  spread,
  sub,
  sum,
  times,
  where,
} from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import {
  abs,
  detach,
  eq,
  exp,
  isnan,
  log,
  logicalOr,
  lt,
  mulOf,
  ne,
  pow,
  sqrt,
  square,
  toBool,
  toFloat,
  withoutGradient,
} from './elementwise.ts';

/** Axes as PyTorch takes them: one, several, or none for all. */
export type Dims = number | readonly number[] | null | undefined;

const keep = (x: Node, from: Node, axes: readonly number[], keepdim: boolean): Node =>
  keepdim ? reshape(x, keptShape(from.shape, axes)) : x;

function reduce(op: 'sum' | 'prod' | 'amax' | 'amin', x: Node, dim: Dims, keepdim: boolean): Node {
  const axes = resolveAxes(op, dim, x.shape.length);
  if (!axes.length) return x;
  return keep(apply(op, [x], { axes }), x, axes, keepdim);
}

const countable = (x: Node): Node => (x.dtype === 'bool' ? cast(x, 'int32') : x);

/** What is computed of x in a dtype that was asked for, and given in it. */
export function inDType(
  op: string,
  x: Node,
  dtype: DType | null | undefined,
  build: (x: Node) => Node,
  isFloating = false,
): Node {
  if (dtype === undefined || dtype === null) return build(x);
  if (!isDType(dtype) || (isFloating && !isFloat(dtype))) {
    throw new DTypeError(`dtype is ${isFloating ? 'that of floats' : 'unknown'}, got '${String(dtype)}'`, {
      op,
      hint: `Known: ${Object.keys(dtypes)
        .filter((name) => !isFloating || isFloat(name as DType))
        .join(', ')}`,
    });
  }
  return cast(build(cast(x, dtype)), dtype);
}

/** Narrow integers and booleans as int32, in which sums and products have room. */
export const widened = (x: Node): Node => (isFloat(x.dtype) ? x : cast(x, 'int32'));

export const sumOf = (x: Node, dim?: Dims, keepdim = false): Node => reduce('sum', widened(x), dim, keepdim);
export const prod = (x: Node, dim?: Dims, keepdim = false): Node => reduce('prod', widened(x), dim, keepdim);
export const amax = (x: Node, dim?: Dims, keepdim = false): Node => reduce('amax', x, dim, keepdim);
export const amin = (x: Node, dim?: Dims, keepdim = false): Node => reduce('amin', x, dim, keepdim);
export const any = (x: Node, dim?: Dims, keepdim = false): Node => orEmpty(x, dim, keepdim, false);
export const all = (x: Node, dim?: Dims, keepdim = false): Node => orEmpty(x, dim, keepdim, true);

/** `any` and `all`; of no elements the one is false, the other true. */
function orEmpty(x: Node, dim: Dims, keepdim: boolean, every: boolean): Node {
  const axes = resolveAxes(every ? 'all' : 'any', dim, x.shape.length);
  if (axes.some((axis) => x.shape[axis] === 0)) {
    const kept = keepdim ? keptShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis));
    return expand(constant(Number(every), 'bool'), kept);
  }
  return every ? amin(toBool(x), dim, keepdim) : amax(toBool(x), dim, keepdim);
}

const countOf = (x: Node, axes: readonly number[]): number =>
  axes.reduce((size, axis) => size * x.shape[axis], 1);

export function mean(x: Node, dim?: Dims, keepdim = false): Node {
  const value = toFloat(x);
  const axes = resolveAxes('mean', dim, x.shape.length);
  return times(sumOf(value, axes, keepdim), 1 / countOf(x, axes));
}

/** Σ (x - mean)² / (n - correction); two walks over the data, so that nothing cancels. */
export function variance(x: Node, dim?: Dims, correction = 1, keepdim = false): Node {
  const value = toFloat(x);
  const axes = resolveAxes('var', dim, x.shape.length);
  const centred = sub(value, mean(value, axes, true));
  const divisor = Math.max(0, countOf(x, axes) - correction);
  return times(sumOf(square(centred), axes, keepdim), 1 / divisor);
}

/** The root of a variance. Where it is 0 its slope is taken as 0. */
export const std = (x: Node, dim?: Dims, correction = 1, keepdim = false): Node =>
  awayFromZero(variance(x, dim, correction, keepdim), sqrt);

/** f(x) where x is not 0; 0 with a slope of 0 where it is, though the slope of f is infinite there. */
function awayFromZero(x: Node, f: (x: Node) => Node): Node {
  const isZero = eq(x, 0);
  return where(isZero, constant(0, x.dtype), f(where(isZero, constant(1, x.dtype), x)));
}

/** (Σ |x|^p)^(1/p). Where it is 0 its slope is taken as 0; for p < 1 also where an element is. */
export function norm(x: Node, p = 2, dim?: Dims, keepdim = false): Node {
  const value = toFloat(x);
  if (p === Number.POSITIVE_INFINITY) return amax(abs(value), dim, keepdim);
  if (p === 0) return sumOf(cast(ne(value, 0), value.dtype), dim, keepdim);
  if (p === 1) return sumOf(abs(value), dim, keepdim);
  if (p === Number.NEGATIVE_INFINITY) return amin(abs(value), dim, keepdim);
  if (Number.isNaN(p)) throw new ArgumentError('p is a number, got NaN', { op: 'norm' });
  if (p < 0) return pow(sumOf(pow(abs(value), p), dim, keepdim), 1 / p);
  const power = (size: Node): Node => pow(size, p);
  const powers = p === 2 ? square(value) : p < 1 ? awayFromZero(abs(value), power) : power(abs(value));
  return awayFromZero(sumOf(powers, dim, keepdim), p === 2 ? sqrt : (total) => pow(total, 1 / p));
}

/** The largest element of each line, as a number to subtract: 0 where it is infinite, so that no infinity minus itself arises. */
function stableMaximum(x: Node, axes: readonly number[]): Node {
  const largest = detach(apply('amax', [x], { axes }));
  return where(lt(abs(largest), Number.POSITIVE_INFINITY), largest, constant(0, x.dtype));
}

/** log Σ exp(x). The largest element is taken out first, so that exp cannot overflow. */
export function logsumexp(x: Node, dim: Dims, keepdim = false): Node {
  const value = toFloat(x);
  const axes = resolveAxes('logsumexp', dim, x.shape.length);
  if (!axes.length) return value;
  // There is no largest of no elements; the logarithm of their sum is that of 0.
  if (axes.some((axis) => value.shape[axis] === 0)) return log(sumOf(exp(value), axes, keepdim));
  const largest = stableMaximum(value, axes);
  const total = sumOf(exp(sub(value, spread(largest, value.shape, axes))), axes);
  return keep(add(log(total), largest), value, axes, keepdim);
}

/** exp(x) / Σ exp(x) along an axis. */
export function softmax(x: Node, dim: number): Node {
  const value = toFloat(x);
  const axes = resolveAxes('softmax', dim, x.shape.length);
  if (!axes.length) return exp(sub(value, value));
  const { shape } = value;
  const compute = (): Node => {
    const exponentials = exp(sub(value, spread(apply('amax', [value], { axes }), shape, axes)));
    return mul(exponentials, spread(apply('reciprocal', [sum(exponentials, axes)], {}), shape, axes));
  };
  // The way back needs the result, and no exponential.
  return withGradient([value], [withoutGradient(compute)], (_, [y], [g]) => [
    mul(y, sub(g, spread(sum(mul(g, y), axes), shape, axes))),
  ])[0];
}

/** log softmax(x), without computing the softmax. */
export function logSoftmax(x: Node, dim: number): Node {
  const value = toFloat(x);
  const axes = resolveAxes('logSoftmax', dim, x.shape.length);
  if (!axes.length) return sub(value, value);
  const shifted = sub(value, spread(detach(apply('amax', [value], { axes })), value.shape, axes));
  return sub(shifted, spread(log(sumOf(exp(shifted), axes)), value.shape, axes));
}

/** The first place of the largest element (of the first NaN, if there is one), as int32. Without an axis: in the flattened tensor. */
export const argmax = (x: Node, dim?: number | null, keepdim = false): Node =>
  extremePlace('argmax', x, dim, keepdim);
export const argmin = (x: Node, dim?: number | null, keepdim = false): Node =>
  extremePlace('argmin', x, dim, keepdim);

function extremePlace(
  op: 'argmax' | 'argmin',
  x: Node,
  dim: number | null | undefined,
  keepdim: boolean,
): Node {
  if (dim === undefined || dim === null) {
    const place = extremePlace(op, reshape(x, [sizeOf(x.shape)]), 0, false);
    return keepdim
      ? reshape(
          place,
          x.shape.map(() => 1),
        )
      : place;
  }
  const axis = resolveAxis(op, dim, x.shape.length);
  if (!x.shape.length) return constant(0, 'int32');
  const value = detach(countable(x));
  const axes = [axis];
  const extreme = apply(op === 'argmax' ? 'amax' : 'amin', [value], { axes });
  const found = logicalOr(apply('eq', [value, spread(extreme, value.shape, axes)], {}), isnan(value));
  // The first place is the one with the most places after it.
  const length = value.shape[axis];
  const after = sub(
    constant(length, 'int32'),
    apply('iota', [], { shape: value.shape, axis, dtype: 'int32' }),
  );
  const most = apply('amax', [mulOf(cast(found, 'int32'), after)], { axes });
  return keep(sub(constant(length, 'int32'), most), value, axes, keepdim);
}
