/** Systems of linear equations, inverses and determinants. */
import { nodeOf } from '../../arguments.ts';
import {
  det as detOf,
  inverse,
  slogdet as slogdetOf,
  solve as solveOf,
} from '../../ops/linalg/elimination.ts';
import { precise, requireSquare } from '../../ops/linalg/matrices.ts';
import { pinv as pinvOf, type Tolerance } from '../../ops/linalg/norms.ts';
import { lstsq as lstsqOf } from '../../ops/linalg/orthogonal.ts';
import {
  choleskySolve as choleskySolveOf,
  solveTriangular as solveTriangularOf,
} from '../../ops/linalg/triangular.ts';
import { Tensor } from '../../tensor.ts';
import type { Alike, Made, MadeOfBoth } from './types.ts';

/**
 * The X of A·X = B, by Gaussian elimination with partial pivoting.
 *
 * Shapes: a [..., n, n]; b [..., n, k] for many right sides, [n] or (a's shape without its last axis) for one each; the result has b's
 * shape, batches broadcast. Of a matrix with a pivot of exactly 0 all numbers are NaN. Throws a ShapeMismatchError where a is not square
 * or b does not fit. Agrees with `torch.linalg.solve`.
 *
 * Formula: A·X = B
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const x = linalg.solve(tensor([[2, 1], [1, 3]]), tensor([4, 7]));
 * await x.tolist(); // → [1, 2]
 * ```
 */
export const solve = <A extends Tensor, B extends Tensor>(a: A, b: B): MadeOfBoth<A, B> =>
  new Tensor(solveOf(nodeOf('linalg.solve', a), nodeOf('linalg.solve', b)));

/** Options of `solveTriangular`. */
export interface SolveTriangularOptions {
  /** Whether the elements on and above the diagonal are the matrix, or those on and below it. The others do not count. */
  upper: boolean;
  /** Whether the triangle stands left of X. Default: true; else X·A = B is solved. */
  left?: boolean;
  /** Whether the diagonal is taken as ones. Default: false. */
  unitriangular?: boolean;
}

/**
 * The X of A·X = B (or X·A = B) for a triangular A, by substitution.
 *
 * Shapes: a [..., n, n]; b [..., n, k] (with `left: false` [..., k, n]); the result has b's shape, batches broadcast. A 0 on the diagonal
 * makes infinities and NaN. Options: `upper`, `left` (default true), `unitriangular` (default false). Throws a ShapeMismatchError where a is
 * not square or b does not fit. Agrees with `torch.linalg.solve_triangular`.
 *
 * Formula: A·X = B
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const x = linalg.solveTriangular(tensor([[2, 1], [0, 4]]), tensor([[4], [8]]), { upper: true });
 * await x.tolist(); // → [[1], [2]]
 * ```
 */
export const solveTriangular = <A extends Tensor, B extends Tensor>(
  a: A,
  b: B,
  { upper, left = true, unitriangular = false }: SolveTriangularOptions,
): MadeOfBoth<A, B> => {
  const op = 'linalg.solveTriangular';
  return new Tensor(solveTriangularOf(nodeOf(op, a), nodeOf(op, b), { upper, left, unitriangular }));
};

/**
 * The X of A·X = B from the factor of A that `linalg.cholesky` gives.
 *
 * Shapes: b [..., n, k], l [..., n, n]; the result has b's shape, batches broadcast. Options: `upper` whether the factor is the upper one
 * (default false). Throws a ShapeMismatchError where shapes do not fit. Agrees with `torch.cholesky_solve`.
 *
 * Formula: L·Lᵀ·X = B
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const l = linalg.cholesky(tensor([[4, 2], [2, 10]]));
 * await linalg.choleskySolve(tensor([[8], [22]]), l).tolist(); // → [[1], [2]]
 * ```
 */
export const choleskySolve = <B extends Tensor, L extends Tensor>(
  b: B,
  l: L,
  { upper = false }: { upper?: boolean } = {},
): MadeOfBoth<B, L> => {
  const op = 'linalg.choleskySolve';
  return new Tensor(choleskySolveOf(nodeOf(op, b), nodeOf(op, l), upper));
};

/**
 * The inverse of square matrices: [..., n, n] → the same shape.
 *
 * Of a matrix with a pivot of exactly 0 all numbers are NaN. `linalg.solve(a, b)` is faster and more exact than `inv(a)` times b. Throws a
 * ShapeMismatchError where x is not square. Agrees with `torch.linalg.inv`.
 *
 * Formula: A·A⁻¹ = 1
 *
 * Shapes: x [..., n, n] → [..., n, n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.inv(tensor([[2, 0], [1, 0.5]])).tolist(); // → [[0.5, 0], [-1, 2]]
 * ```
 */
export const inv = <T extends Tensor>(x: T): Alike<T> => {
  const node = nodeOf('linalg.inv', x);
  requireSquare('linalg.inv', 'x', node);
  return new Tensor(inverse(precise(node)));
};

/**
 * The determinant of square matrices: [..., n, n] → [...]; of a matrix without elements 1.
 *
 * It under- and overflows with n: `linalg.slogdet` does not. Its gradient is the transposed adjugate, of matrices without an inverse too. Throws
 * a ShapeMismatchError where x is not square. Agrees with `torch.linalg.det`.
 *
 * Formula: Σ over permutations σ of sign(σ)·Π x[i, σ(i)]
 *
 * Shapes: x [..., n, n] → [...]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.det(tensor([[4, 2], [2, 3]])).item(); // → 8
 * ```
 */
export const det = <T extends Tensor>(x: T): Made<T> => {
  const node = nodeOf('linalg.det', x);
  requireSquare('linalg.det', 'x', node);
  return new Tensor(detOf(precise(node)));
};

/**
 * The sign of the determinant and the logarithm of its magnitude: [..., n, n] → [sign [...], logabsdet [...]].
 *
 * Where the determinant is 0 they are 0 and -Infinity. No gradient flows through the sign. Throws a ShapeMismatchError where x is not
 * square. Agrees with `torch.linalg.slogdet`.
 *
 * Formula: det = sign·exp(logabsdet)
 *
 * Shapes: x [..., n, n] → sign [...], logabsdet [...]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const [sign, logabsdet] = linalg.slogdet(tensor([[0, 1], [1, 0]]));
 * await sign.item(); // → -1
 * await logabsdet.item(); // → 0
 * ```
 */
export const slogdet = <T extends Tensor>(x: T): [sign: Made<T>, logabsdet: Made<T>] => {
  const node = nodeOf('linalg.slogdet', x);
  requireSquare('linalg.slogdet', 'x', node);
  const [sign, logarithm] = slogdetOf(precise(node));
  return [new Tensor(sign), new Tensor(logarithm)];
};

/**
 * The X that makes Σ (A·X - B)² least, for A of full rank; where m < n, of those the one with the least Σ X². By Q·R.
 *
 * Shapes: a [..., m, n], b [..., m, k]; `solution` [..., n, k]; `residuals` Σ (A·X - B)² of each column, [..., k], where m > n, else empty,
 * [0]. Of a matrix of lower rank the solution is infinite, NaN or huge: use `linalg.pinv(a)` times b. Throws a ShapeMismatchError where
 * shapes do not fit. Agrees with `torch.linalg.lstsq` with the driver 'gels'.
 *
 * Formula: the X of least Σ (A·X - B)²
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * // The line through (0, 1), (1, 3), (2, 5).
 * const { solution } = linalg.lstsq(tensor([[0, 1], [1, 1], [2, 1]]), tensor([[1], [3], [5]]));
 * await solution.tolist(); // → [[2], [1]]
 * ```
 */
export const lstsq = <A extends Tensor, B extends Tensor>(
  a: A,
  b: B,
): { solution: MadeOfBoth<A, B>; residuals: MadeOfBoth<A, B> } => {
  const { solution, residuals } = lstsqOf(nodeOf('linalg.lstsq', a), nodeOf('linalg.lstsq', b));
  return { solution: new Tensor(solution), residuals: new Tensor(residuals) };
};

/**
 * The pseudo-inverse of Moore and Penrose: [..., m, n] → [..., n, m].
 *
 * Singular values up to max(atol, rtol·largest) count as 0. Options: `atol` (default 0), `rtol` (default max(m, n)·epsilon of the dtype, or 0
 * if `atol` is given). The gradient is exact where the rank does not change. Throws a ShapeMismatchError for less than two axes, an
 * ArgumentError for a negative tolerance. Agrees with `torch.linalg.pinv`.
 *
 * Formula: A⁺ = V·diag(1 / S)·Uᵀ
 *
 * Shapes: x [..., m, n] → [..., n, m]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.pinv(tensor([[2, 0], [0, 0], [0, 4]])).tolist(); // → [[0.5, 0, 0], [0, 0, 0.25]]
 * ```
 */
export const pinv = <T extends Tensor>(x: T, tolerance: Tolerance = {}): Made<T> =>
  new Tensor(pinvOf(nodeOf('linalg.pinv', x), tolerance));
