/** Grids and pairs of elements, and what neighbours on a grid make. */
import { ArgumentError } from '../../base/errors.ts';
import { nodeOf, nodesOf, operandOf, optionalNode, requireOneOf } from '../arguments.ts';
import { tensor } from '../create.ts';
import * as ops from '../ops/index.ts';
import type {
  DTypesOf,
  FitsReduce,
  Floating,
  Optional,
  Reduced,
  Shaped,
  ShapeOf,
  Together,
} from '../signatures.ts';
import { Tensor, wrapAll } from '../tensor.ts';
import type { Fits, PromoteAll, ResizeAxis, Shape } from '../types/index.ts';

export interface MeshgridOptions {
  /** Whether the first list lies along the first axis ('ij', the default) or along the second ('xy'). */
  indexing?: 'ij' | 'xy';
}

type Grids<T extends readonly Tensor[]> = { -readonly [I in keyof T]: Tensor<Shape, T[I]['dtype']> };

/**
 * Grids of coordinates: each list along an axis of its own, repeated over the others. For lists of lengths n₀, n₁, … every result has the
 * shape [n₀, n₁, …]; with `indexing: 'xy'` (default: 'ij') [n₁, n₀, …]. Throws a ShapeMismatchError for tensors of more than one axis.
 *
 * Formula: gridₖ[i₀, i₁, …] = listₖ[iₖ]
 *
 * Shapes: lists [n₀], [n₁], … → as many tensors [n₀, n₁, …]
 *
 * @example
 * ```ts
 * import { meshgrid, tensor } from 'nacre';
 * const [rows, columns] = meshgrid(tensor([1, 2]), tensor([3, 4, 5]));
 * await rows.tolist(); // → [[1, 1, 1], [2, 2, 2]]
 * await columns.tolist(); // → [[3, 4, 5], [3, 4, 5]]
 * ```
 */
export function meshgrid<const T extends readonly Tensor[]>(...tensors: T): Grids<T>;
export function meshgrid<const T extends readonly Tensor[]>(...args: [...T, MeshgridOptions]): Grids<T>;
export function meshgrid(...args: (Tensor | MeshgridOptions)[]): Tensor[] {
  const op = 'meshgrid';
  const last = args.at(-1);
  const hasOptions = last !== undefined && !('node' in last);
  const { indexing = 'ij' } = hasOptions ? last : {};
  requireOneOf(op, 'indexing', indexing, ['ij', 'xy']);
  const tensors = (hasOptions ? args.slice(0, -1) : args) as Tensor[];
  return wrapAll(ops.meshgrid(nodesOf(op, tensors), indexing));
}

/**
 * All combinations of one element of each list, a row each, the last list's elements changing fastest: [n₀·n₁·…, lists]; a single list as
 * it is. Throws a ShapeMismatchError for tensors of more than one axis.
 *
 * Formula: rows (a, b, …) with a from the first list, b from the second, …
 *
 * Shapes: lists [n₀], [n₁], … → [n₀·n₁·…, lists]
 *
 * @example
 * ```ts
 * import { cartesianProd, tensor } from 'nacre';
 * await cartesianProd(tensor([1, 2]), tensor([3, 4])).tolist(); // → [[1, 3], [1, 4], [2, 3], [2, 4]]
 * ```
 */
export const cartesianProd = <const T extends readonly [Tensor, ...Tensor[]]>(
  ...tensors: T
): Tensor<Shape, PromoteAll<DTypesOf<T>>> => new Tensor(ops.cartesianProd(nodesOf('cartesianProd', tensors)));

export interface CombinationOptions {
  /** Elements in each combination. Default: 2. */
  r?: number;
  /** Whether an element may occur several times. Default: no. */
  withReplacement?: boolean;
}

/**
 * All combinations of `r` (default: 2) elements of a list, a row each, in the order of the list; with `withReplacement` (default: false)
 * an element may occur several times. Throws an ArgumentError for a negative `r`.
 *
 * Formula: rows (x[i], x[j], …) with i < j < …
 *
 * Shapes: x [n] → [n! / (r!·(n - r)!), r]
 *
 * @example
 * ```ts
 * import { combinations, tensor } from 'nacre';
 * await combinations(tensor([1, 2, 3])).tolist(); // → [[1, 2], [1, 3], [2, 3]]
 * ```
 */
export function combinations<T extends Tensor<[number]>>(
  x: T,
  { r = 2, withReplacement = false }: CombinationOptions = {},
): Tensor<[number, number], T['dtype']> {
  const op = 'combinations';
  const node = nodeOf(op, x);
  if (!Number.isInteger(r) || r < 0)
    throw new ArgumentError(`r is a whole number of zero or more, got ${r}`, { op });
  let rows: number[][] = [[]];
  for (let i = 0; i < r; i++) {
    rows = rows.flatMap((row) => {
      const from = row.length ? row[row.length - 1] + Number(!withReplacement) : 0;
      return Array.from({ length: Math.max(0, node.shape[0] - from) }, (_, j) => [...row, from + j]);
    });
  }
  const places = tensor(Int32Array.from(rows.flat()), { dtype: 'int32' });
  return new Tensor(ops.reshapeOf(ops.indexSelect(node, 0, places.node, op), [rows.length, r]));
}

export interface CdistOptions {
  /** The order of the norm: 0 counts what differs, Infinity takes the largest difference. Default: 2. */
  p?: number;
}

/**
 * The distance of every row of `x` from every row of `y`: (Σ |xᵢ - yⱼ|^p)^(1/p).
 *
 * `x` is [..., P, M], `y` [..., R, M], the result [..., P, R]; leading axes are broadcast. Differences are subtracted before they are
 * squared, so that close rows keep their digits. Where a distance is 0, its gradient is 0. Throws a ShapeMismatchError if the rows differ
 * in length, an ArgumentError for a negative `p`.
 *
 * Formula: (Σ |xᵢ - yⱼ|^p)^(1/p)
 *
 * Shapes: x [..., P, M], y [..., R, M] → [..., P, R]
 *
 * @example
 * ```ts
 * import { cdist, tensor } from 'nacre';
 * await cdist(tensor([[0, 0], [3, 0]]), tensor([[3, 4]])).tolist(); // → [[5], [4]]
 * ```
 */
export const cdist = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B,
  { p }: CdistOptions = {},
): Tensor<Shape, Floating<Together<A, B>>> =>
  new Tensor(ops.cdist(nodeOf('cdist', x), nodeOf('cdist', y), p));

export interface DiffOptions<Axis> {
  /** How many times. Default: 1. */
  n?: number;
  /** The axis along which neighbours lie. Default: the last. */
  dim?: Axis;
  /** What is put before and after `x` along the axis first. */
  prepend?: Optional<Tensor>;
  append?: Optional<Tensor>;
}

/**
 * Differences of neighbours along an axis, xᵢ₊₁ - xᵢ, taken `n` (default: 1) times; of truth values, whether they differ.
 *
 * The axis `dim` (default: -1) gets shorter by `n`. Throws a ShapeMismatchError for a number, an ArgumentError for a negative `n`.
 *
 * Formula: y[i] = x[i + 1] - x[i]
 *
 * Shapes: x [..., m] → [..., m - n]
 *
 * @example
 * ```ts
 * import { diff, tensor } from 'nacre';
 * await diff(tensor([1, 4, 9, 16])).tolist(); // → [3, 5, 7]
 * await diff(tensor([1, 4, 9, 16]), { n: 2 }).tolist(); // → [2, 2]
 * ```
 */
export const diff = <T extends Tensor, const Axis extends number = -1>(
  x: T,
  { n, dim, prepend, append }: DiffOptions<Axis & Fits<ResizeAxis<'diff', ShapeOf<T>, Axis, number>>> = {},
): Shaped<T, ResizeAxis<'diff', ShapeOf<T>, Axis, number>> =>
  new Tensor(
    ops.diff(nodeOf('diff', x), n, dim, optionalNode('diff', prepend), optionalNode('diff', append)),
  );

export interface TrapezoidOptions<Axis> {
  /** The axis along which the curve runs. Default: the last. */
  dim?: Axis;
}

/**
 * The area under a curve by the trapezoidal rule, Σ (yᵢ + yᵢ₊₁)/2 · (xᵢ₊₁ - xᵢ) along an axis, which goes.
 *
 * `x` is a list of the points' positions, or of the shape of `y`, or the one distance between points (default: 1). `dim` is -1 by default.
 * Throws a ShapeMismatchError if lengths differ.
 *
 * Formula: Σ (yᵢ + yᵢ₊₁)/2 · (xᵢ₊₁ - xᵢ)
 *
 * Shapes: y [..., n] → [...]
 *
 * @example
 * ```ts
 * import { tensor, trapezoid } from 'nacre';
 * await trapezoid(tensor([1, 5, 10])).item(); // → 10.5
 * await trapezoid(tensor([1, 5, 10]), tensor([1, 3, 6])).item(); // → 28.5
 * ```
 */
export const trapezoid = <T extends Tensor, const Axis extends number = -1>(
  y: T,
  x: Tensor | number = 1,
  { dim }: TrapezoidOptions<Axis & FitsReduce<'trapezoid', T, Axis, false>> = {},
): Reduced<'trapezoid', 'float', T, Axis, false> =>
  new Tensor(ops.trapezoid(nodeOf('trapezoid', y), operandOf('trapezoid', x), dim));
