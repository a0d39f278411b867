/** Sizes of vectors and matrices. */
import { nodeOf } from '../../arguments.ts';
import * as norms from '../../ops/linalg/norms.ts';
import { Tensor } from '../../tensor.ts';
import type { Dims, Shape } from '../../types/index.ts';
import type { Made } from './types.ts';

type MatrixOrder = norms.MatrixOrder;
type Tolerance = norms.Tolerance;

/** Options of `norm`. */
export interface NormOptions {
  /** Default: the square root of the sum of squares. */
  ord?: MatrixOrder | null;
  /** One axis for vectors, two for matrices. Default: all. */
  dim?: Dims;
  /** Whether reduced axes stay, with length 1. Default: no. */
  keepdim?: boolean;
}

/**
 * The norm of vectors or matrices, whichever `dim` names: one axis, `linalg.vectorNorm`; two, `linalg.matrixNorm`.
 *
 * Options: `ord` (default: √Σ x² over all of `dim`), `dim` (default: all axes; with `ord`, x then has one or two), `keepdim` (default false). Throws a
 * ShapeMismatchError where `ord` is given for another number of axes, an ArgumentError for an order there is not. Agrees with `torch.linalg.norm`.
 *
 * Formula: √Σ x², or by `ord`
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim`
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.norm(tensor([[3, 0], [0, 4]])).item(); // → 5
 * await linalg.norm(tensor([[3, 0], [0, 4]]), { ord: Infinity, dim: 1 }).tolist(); // → [3, 4]
 * await linalg.norm(tensor([[3, -2], [0, 4]]), { ord: 1 }).item(); // → 6
 * ```
 */
export const norm = <T extends Tensor>(x: T, { ord, dim, keepdim = false }: NormOptions = {}): Made<T> =>
  new Tensor(norms.normOf(nodeOf('linalg.norm', x), ord, dim, keepdim));

/**
 * The norm (Σ |x|^p)^(1/p) of vectors; p = ∞ is the largest magnitude, -∞ the smallest, 0 the number of elements that are not 0.
 *
 * Options: `ord` p (default 2), `dim` the axes that are one vector (default: all), `keepdim` (default false). Throws an ArgumentError for an axis
 * there is not. Agrees with `torch.linalg.vector_norm`.
 *
 * Formula: (Σ |x|^p)^(1/p)
 *
 * Shapes: x [...] → [] or without the axes `dim`, which stay with length 1 with `keepdim`
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.vectorNorm(tensor([[3, -4], [6, 8]]), { dim: 1 }).tolist(); // → [5, 10]
 * ```
 */
export const vectorNorm = <T extends Tensor>(
  x: T,
  { ord = 2, dim, keepdim = false }: { ord?: number; dim?: Dims; keepdim?: boolean } = {},
): Made<T> => new Tensor(norms.vectorNorm(nodeOf('linalg.vectorNorm', x), ord, dim, keepdim));

/**
 * The norm of matrices: 'fro' √Σ x², 'nuc' Σ of the singular values, 2 the largest of them, -2 the smallest; 1 the largest sum of magnitudes of
 * a column, -1 the smallest; Infinity and -Infinity the same of rows.
 *
 * Options: `ord` (default 'fro'), `dim` the axes of rows and columns (default [-2, -1]), `keepdim` (default false). Throws a ShapeMismatchError for less
 * than two axes, an ArgumentError for another order. Agrees with `torch.linalg.matrix_norm`.
 *
 * Formula: 'fro': √Σ x²
 *
 * Shapes: x [..., m, n] → [...], or [..., 1, 1] with `keepdim`
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const x = tensor([[1, -2], [3, 4]]);
 * await linalg.matrixNorm(x, { ord: 1 }).item(); // → 6
 * await linalg.matrixNorm(x, { ord: Infinity }).item(); // → 7
 * ```
 */
export const matrixNorm = <T extends Tensor>(
  x: T,
  {
    ord = 'fro',
    dim = [-2, -1],
    keepdim = false,
  }: { ord?: MatrixOrder; dim?: Shape; keepdim?: boolean } = {},
): Made<T> => new Tensor(norms.matrixNorm(nodeOf('linalg.matrixNorm', x), ord, dim, keepdim));

/**
 * The condition |A|·|A⁻¹| of matrices, by which errors of a system may grow: [..., m, n] → [...].
 *
 * `p` 2 (the default) and -2: the quotient of the largest and the smallest singular value, and its inverse; 'fro', 'nuc', 1, -1, Infinity, -Infinity: by
 * that norm, for square matrices. Infinity for singular ones. Throws a ShapeMismatchError where shapes do not fit, an ArgumentError for another
 * order. Agrees with `torch.linalg.cond`.
 *
 * Formula: |A|·|A⁻¹|
 *
 * Shapes: x [..., m, n] → [...]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.cond(tensor([[4, 0], [0, 0.5]])).item(); // → 8
 * ```
 */
export const cond = <T extends Tensor>(x: T, p: MatrixOrder = 2): Made<T> =>
  new Tensor(norms.cond(nodeOf('linalg.cond', x), p));

/**
 * How many singular values are larger than max(atol, rtol·largest): [..., m, n] → [...] as int32.
 *
 * Options: `atol` (default 0), `rtol` (default max(m, n)·epsilon of the dtype, or 0 if `atol` is given). Throws a ShapeMismatchError for less than two axes,
 * an ArgumentError for a negative tolerance. Agrees with `torch.linalg.matrix_rank`.
 *
 * Formula: how many singular values are above max(atol, rtol·largest)
 *
 * Shapes: x [..., m, n] → [...]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.matrixRank(tensor([[1, 2], [2, 4]])).item(); // → 1
 * ```
 */
export const matrixRank = (x: Tensor, tolerance: Tolerance = {}): Tensor<Shape, 'int32'> =>
  new Tensor(norms.matrixRank(nodeOf('linalg.matrixRank', x), tolerance));
