/** Functions that put elements in order, and those that look for elements by their order. */
import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, operandOf, requireOneOf } from '../arguments.ts';
import { tensor } from '../create.ts';
import * as ops from '../ops/index.ts';
import { constant } from '../primitives/apply.ts';
import type {
  FitsReduce,
  Floating,
  Keepdim,
  Reduced,
  ShapeOf,
  Sorted,
  SortOptions,
  TopK,
  TopkOptions,
  ValuesAndIndices,
} from '../signatures.ts';
import { Tensor, wrapAll } from '../tensor.ts';
import type { AlongAxis, Fits, ResizeAxis, Shape } from '../types/index.ts';

const sortOptions = ['dim', 'descending', 'stable'];

/**
 * The elements along an axis in order, and the places they come from.
 *
 * NaN is larger than every number; equal elements keep their order (`stable` is accepted for PyTorch's sake). The gradient of an element
 * goes to the place it comes from. Time is linear in the number of elements: a digit sort. Both results have the shape of `x`; places
 * are int32. Throws an ArgumentError if `dim` (default: -1) is no axis of `x`.
 *
 * Formula: values[i] = x[indices[i]], values[i] ≤ values[i + 1]
 *
 * Shapes: x [...] → values [...], indices [...] of int32
 *
 * @example
 * ```ts
 * import { sort, tensor } from 'nacre';
 * const [values, indices] = sort(tensor([3, 1, 2]), { descending: true });
 * await values.tolist(); // → [3, 2, 1]
 * await indices.tolist(); // → [0, 2, 1]
 * ```
 */
export const sort = <T extends Tensor, const Axis extends number = -1>(
  x: T,
  options?: SortOptions<Axis & Fits<AlongAxis<'sort', ShapeOf<T>, Axis>>>,
): Sorted<T> => {
  const { dim, descending } = optionsOf('sort', options, sortOptions);
  return wrapAll(ops.sort(nodeOf('sort', x), dim, descending)) as never;
};

/**
 * The places of the elements along an axis in sorted order, as int32: x.gather(dim, argsort(x, { dim })) is sorted.
 *
 * NaN is larger than every number; equal elements keep their order. The result has the shape of `x`. Throws an ArgumentError if `dim`
 * (default: -1) is no axis of `x`.
 *
 * Formula: x[indices[i]] ≤ x[indices[i + 1]]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { argsort, tensor } from 'nacre';
 * await argsort(tensor([30, 10, 20])).tolist(); // → [1, 2, 0]
 * ```
 */
export const argsort = <T extends Tensor, const Axis extends number = -1>(
  x: T,
  options?: SortOptions<Axis & Fits<AlongAxis<'argsort', ShapeOf<T>, Axis>>>,
): Tensor<ShapeOf<T>, 'int32'> => {
  const { dim, descending } = optionsOf('argsort', options, sortOptions);
  return new Tensor(ops.argsort(nodeOf('argsort', x), dim, descending));
};

/**
 * The `k` largest elements along an axis (the smallest with `largest: false`), best first, and their places as int32.
 *
 * Of equal elements the first ones are taken; NaN counts as largest. Both results have the shape of `x` with `k` in place of the length
 * of `dim` (default: -1). `sorted` (default: true) is accepted for PyTorch's sake: the result is sorted either way. Throws an
 * ArgumentError if `k` is more than the axis has.
 *
 * Formula: the first k of the elements in descending order
 *
 * Shapes: x [..., n] → values [..., k], indices [..., k]
 *
 * @example
 * ```ts
 * import { tensor, topk } from 'nacre';
 * const [values, indices] = topk(tensor([1, 5, 3, 4]), 2);
 * await values.tolist(); // → [5, 4]
 * await indices.tolist(); // → [1, 3]
 * ```
 */
export const topk = <T extends Tensor, const K extends number, const Axis extends number = -1>(
  x: T,
  k: K,
  options?: TopkOptions<Axis & Fits<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>>,
): TopK<T, K, Axis> => {
  const { dim, largest } = optionsOf('topk', options, ['dim', 'largest', 'sorted']);
  return wrapAll(ops.topk(nodeOf('topk', x), k, dim, largest)) as never;
};

export interface KthOptions<Axis, K extends boolean> extends Keepdim<K> {
  /** The axis to look along. Default: the last. */
  dim?: Axis;
}

/**
 * The k-th smallest element along an axis, counted from 1, and its place as int32.
 *
 * NaN counts as largest. `dim` (default: -1) goes, or stays with length 1 with `keepdim` (default: false). Throws an ArgumentError if `k`
 * is not 1 to the length of the axis.
 *
 * Formula: element k of the elements in ascending order
 *
 * Shapes: x [..., n] → value [...], index [...]
 *
 * @example
 * ```ts
 * import { kthvalue, tensor } from 'nacre';
 * const [value, index] = kthvalue(tensor([7, 5, 9]), 2);
 * await value.item(); // → 7
 * await index.item(); // → 0
 * ```
 */
export function kthvalue<T extends Tensor, const Axis extends number = -1, K extends boolean = false>(
  x: T,
  k: number,
  { dim, keepdim }: KthOptions<Axis & FitsReduce<'kthvalue', T, Axis, K>, K> = {},
): ValuesAndIndices<'kthvalue', T, Axis, K> {
  return wrapAll(ops.kthvalue(nodeOf('kthvalue', x), k, dim, keepdim)) as never;
}

/**
 * The element in the middle of the sorted elements, the lower one of two; along an axis, these elements and their places as int32.
 *
 * With a NaN among the elements the median is NaN. `dim` goes, or stays with length 1 with `keepdim` (default: false). Throws an
 * ArgumentError where there are no elements.
 *
 * Formula: element ⌊(n - 1) / 2⌋ of the elements in ascending order, from 0
 *
 * Shapes: x [...] → []; along an axis values and indices without it
 *
 * @example
 * ```ts
 * import { median, tensor } from 'nacre';
 * await median(tensor([4, 1, 3, 2])).item(); // → 2
 * const [values, indices] = median(tensor([[3, 1, 2], [6, 4, 5]]), 1);
 * await values.tolist(); // → [2, 5]
 * await indices.tolist(); // → [2, 2]
 * ```
 */
export function median<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function median<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'median', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'median', T, Axis, K>;
export function median(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | Tensor[] {
  const node = nodeOf('median', x);
  if (dim === undefined || dim === null) return new Tensor(ops.median(node));
  return wrapAll(ops.medianAlong(node, dim, options?.keepdim));
}

export interface QuantileOptions<Axis, K extends boolean> extends Keepdim<K> {
  /** The axis to look along. Default: all elements. */
  dim?: Axis;
  /** What is taken between two elements. Default: 'linear'. */
  interpolation?: ops.QuantileInterpolation;
}

/** `q` as numbers that are known are checked at once; those of a tensor when they are used. */
function partsOf(q: number | readonly number[] | Tensor): Node {
  const op = 'quantile';
  if (q instanceof Tensor) return q.node;
  for (const part of typeof q === 'number' ? [q] : q) {
    if (!(part >= 0 && part <= 1)) throw new ArgumentError(`q is from 0 to 1, got ${part}`, { op });
  }
  return typeof q === 'number'
    ? constant(q, 'float64')
    : tensor(Float64Array.from(q), { dtype: 'float64' }).node;
}

/**
 * What a part `q` of the elements lies below: element q·(n - 1) of the n sorted ones, counted from 0.
 *
 * Where that is not whole, `interpolation` says what is taken of the elements beside it: 'linear' (the default), 'lower', 'higher',
 * 'midpoint' or 'nearest'. With a NaN among the elements the quantile is NaN. `q` is a number, or a list or tensor of numbers, whose axis
 * then is the first of the result. `dim` (default: all elements) goes, or stays with length 1 with `keepdim` (default: false). Throws an
 * ArgumentError for `q` outside 0 to 1 and where there are no elements, an IndexError when a tensor `q` turns out to lie outside.
 *
 * Formula: s[⌊h⌋] + (h - ⌊h⌋)·(s[⌊h⌋ + 1] - s[⌊h⌋]), h = q·(n - 1), of the sorted elements s
 *
 * Shapes: x [...] → [] or without the axis `dim`; q [k] puts k in front
 *
 * @example
 * ```ts
 * import { quantile, tensor } from 'nacre';
 * await quantile(tensor([1, 5, 3, 10]), [0, 0.5, 0.75]).tolist(); // → [1, 4, 6.25]
 * await quantile(tensor([1, 5, 3, 10]), 0.5, { interpolation: 'lower' }).item(); // → 3
 * ```
 */
export function quantile<
  T extends Tensor,
  const Axis extends number | null | undefined = undefined,
  K extends boolean = false,
>(
  x: T,
  q: number,
  options?: QuantileOptions<Axis & FitsReduce<'quantile', T, Axis, K>, K>,
): Reduced<'quantile', 'float', T, Axis, K>;
export function quantile<T extends Tensor>(
  x: T,
  q: readonly number[] | Tensor,
  options?: QuantileOptions<number | null, boolean>,
): Tensor<Shape, Floating<T['dtype']>>;
export function quantile(
  x: Tensor,
  q: number | readonly number[] | Tensor,
  { dim, keepdim, interpolation = 'linear' }: QuantileOptions<number | null | undefined, boolean> = {},
): Tensor {
  const op = 'quantile';
  const known = ['linear', 'lower', 'higher', 'midpoint', 'nearest'];
  requireOneOf(op, 'interpolation', interpolation, known);
  return new Tensor(ops.quantile(nodeOf(op, x), partsOf(q), dim, keepdim, interpolation));
}

export interface SearchOptions {
  /** After equal elements, or else before them. Default: no. */
  right?: boolean;
}

type PlacesOf<V extends Tensor | number> = Tensor<V extends Tensor ? ShapeOf<V> : [], 'int32'>;

const searched = (
  op: string,
  sorted: Tensor,
  values: Tensor | number,
  { right }: SearchOptions,
): Tensor<never, 'int32'> => {
  const wanted = operandOf(op, values);
  const lines = nodeOf(op, sorted);
  const node =
    typeof wanted === 'number' ? constant(wanted, lines.dtype === 'float64' ? 'float64' : 'float32') : wanted;
  return new Tensor(ops.searchsorted(lines, node, right, op));
};

/**
 * Where values would go in sorted lines so that these stay sorted, as int32: place i with sorted[i-1] < value ≤ sorted[i], and with
 * `right` (default: false) sorted[i-1] ≤ value < sorted[i].
 *
 * `sorted` is one line [n] for values of any shape, or [..., n] for values [..., m]; the result has the shape of `values`. NaN counts as
 * largest. Whether `sorted` is sorted is not checked. Throws a ShapeMismatchError if the leading axes differ.
 *
 * Formula: sorted[i - 1] < value ≤ sorted[i]
 *
 * Shapes: sorted [n] or [..., n], values [...] → [...]
 *
 * @example
 * ```ts
 * import { searchsorted, tensor } from 'nacre';
 * const sorted = tensor([1, 3, 5]);
 * await searchsorted(sorted, tensor([3, 4])).tolist(); // → [1, 2]
 * await searchsorted(sorted, tensor([3, 4]), { right: true }).tolist(); // → [2, 2]
 * ```
 */
export const searchsorted = <V extends Tensor | number>(
  sorted: Tensor,
  values: V,
  options: SearchOptions = {},
): PlacesOf<V> => searched('searchsorted', sorted, values, options);

/**
 * Which bin each value lies in, the bins being between neighbouring `boundaries`, as int32: searchsorted(boundaries, values).
 *
 * `boundaries` is a sorted list; a value equal to a boundary lies before it, and with `right` (default: false) after it. The result has
 * the shape of `values`.
 *
 * Formula: boundaries[i - 1] < value ≤ boundaries[i]
 *
 * Shapes: values [...], boundaries [n] → [...]
 *
 * @example
 * ```ts
 * import { bucketize, tensor } from 'nacre';
 * await bucketize(tensor([[0, 10], [20, 25]]), tensor([10, 20])).tolist(); // → [[0, 0], [1, 2]]
 * ```
 */
export const bucketize = <V extends Tensor | number>(
  values: V,
  boundaries: Tensor,
  options: SearchOptions = {},
): PlacesOf<V> => searched('bucketize', boundaries, values, options);
