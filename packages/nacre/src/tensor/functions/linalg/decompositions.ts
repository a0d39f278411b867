/** Matrices as products of simpler ones. */
import { nodeOf, requireOneOf } from '../../arguments.ts';
import { lu as luOf } from '../../ops/linalg/elimination.ts';
import { eigh as eighOf, svd as svdOf } from '../../ops/linalg/jacobi.ts';
import { precise, requireMatrices, requireSquare } from '../../ops/linalg/matrices.ts';
import { svdvals as svdvalsOf } from '../../ops/linalg/norms.ts';
import { type QrMode, qr as qrOf } from '../../ops/linalg/orthogonal.ts';
import { cholesky as choleskyOf } from '../../ops/linalg/triangular.ts';
import { Tensor } from '../../tensor.ts';
import type { Alike, Made } from './types.ts';

/**
 * The triangle L with a positive diagonal and A = L·Lᵀ, of symmetric positive definite matrices: [..., n, n] → the same shape.
 *
 * Only the elements on and below the diagonal are read; with `upper: true` (default false) those on and above it, and the result is U with A
 * = Uᵀ·U. Where A is not positive definite, the numbers from the first pivot on that is not positive are NaN. Gradients are symmetric. Throws a
 * ShapeMismatchError where x is not square. Agrees with `torch.linalg.cholesky`.
 *
 * Formula: A = L·Lᵀ
 *
 * Shapes: x [..., n, n] → [..., n, n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.cholesky(tensor([[4, 2], [2, 10]])).tolist(); // → [[2, 0], [1, 3]]
 * ```
 */
export const cholesky = <T extends Tensor>(x: T, { upper = false }: { upper?: boolean } = {}): Alike<T> => {
  const node = nodeOf('linalg.cholesky', x);
  requireSquare('linalg.cholesky', 'x', node);
  return new Tensor(choleskyOf(precise(node), upper));
};

/**
 * P, L and U with A = P·L·U, by elimination with partial pivoting: [..., m, n] → [P [..., m, m], L [..., m, k], U [..., k, n]], k = min(m, n).
 *
 * P is a permutation, L has ones on its diagonal and zeros above it, U zeros below it. No gradient flows through P. Of singular matrices U
 * has a 0 on its diagonal, and the gradient is infinite or NaN. Throws a ShapeMismatchError for less than two axes. Agrees with
 * `torch.linalg.lu` (for m > n but for the order of the rows that were no pivot).
 *
 * Formula: A = P·L·U
 *
 * Shapes: x [..., m, n] → P [..., m, m], L [..., m, k], U [..., k, n], k = min(m, n)
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const [p, l, u] = linalg.lu(tensor([[1, 2], [2, 2]]));
 * await p.tolist(); // → [[0, 1], [1, 0]]
 * await l.tolist(); // → [[1, 0], [0.5, 1]]
 * await u.tolist(); // → [[2, 2], [0, 1]]
 * ```
 */
export const lu = <T extends Tensor>(x: T): [p: Made<T>, l: Made<T>, u: Made<T>] => {
  const node = nodeOf('linalg.lu', x);
  requireMatrices('linalg.lu', 'x', node);
  const [p, l, u] = luOf(precise(node));
  return [new Tensor(p), new Tensor(l), new Tensor(u)];
};

/**
 * Q with perpendicular columns of length 1 and an upper triangle R with A = Q·R, by the reflections of Householder.
 *
 * `mode` 'reduced' (the default): [..., m, n] → [Q [..., m, k], R [..., k, n]], k = min(m, n); 'complete': Q [..., m, m], R [..., m, n]; 'r': R alone,
 * Q is empty, [0]. Signs are those of LAPACK: an element of R's diagonal has the sign opposite to that of the element it comes from, and what
 * is a triangle already stays. The gradient needs the first min(m, n) columns to be independent; with 'r', and 'complete' where m > n, asking for
 * one throws an ArgumentError. Throws a ShapeMismatchError for less than two axes. Agrees with `torch.linalg.qr`.
 *
 * Formula: A = Q·R
 *
 * Shapes: x [..., m, n] → Q [..., m, k], R [..., k, n], k = min(m, n)
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const [q, r] = linalg.qr(tensor([[0, 2], [3, 4]]));
 * await q.tolist(); // → [[0, -1], [-1, 0]]
 * await r.tolist(); // → [[-3, -4], [0, -2]]
 * ```
 */
export const qr = <T extends Tensor>(
  x: T,
  { mode = 'reduced' }: { mode?: QrMode } = {},
): [q: Made<T>, r: Made<T>] => {
  const op = 'linalg.qr';
  const node = nodeOf(op, x);
  requireMatrices(op, 'x', node);
  requireOneOf(op, 'mode', mode, ['reduced', 'complete', 'r']);
  const [q, r] = qrOf(precise(node), mode);
  return [new Tensor(q), new Tensor(r)];
};

/**
 * Eigenvalues and eigenvectors of symmetric matrices, A = V·diag(L)·Vᵀ: [..., n, n] → [L [..., n] ascending, V [..., n, n] in columns].
 *
 * Only the elements on and below the diagonal are read. The element of largest magnitude of every eigenvector (the first of equal ones) is
 * positive. By rotations of Jacobi, O(n³·log n) operations: ⌈log₂ n⌉ + 10 sweeps in float32, 2·⌈log₂ n⌉ + 14 in float64, which
 * suffice up to n = 256 (equal eigenvalues and ill-conditioned matrices included), and some way beyond; |A·V - V·L| is below n·epsilon·|A|.
 * The gradient is symmetric, and finite where eigenvalues differ. Throws a ShapeMismatchError where x is not square. Agrees with `torch.linalg.eigh` but for signs.
 *
 * Formula: A = V·diag(L)·Vᵀ
 *
 * Shapes: x [..., n, n] → L [..., n], V [..., n, n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const [values, vectors] = linalg.eigh(tensor([[2, 0], [0, -1]]));
 * await values.tolist(); // → [-1, 2]
 * await vectors.tolist(); // → [[0, 1], [1, 0]]
 * ```
 */
export const eigh = <T extends Tensor>(x: T): [eigenvalues: Made<T>, eigenvectors: Alike<T>] => {
  const node = nodeOf('linalg.eigh', x);
  requireSquare('linalg.eigh', 'x', node);
  const [values, vectors] = eighOf(precise(node));
  return [new Tensor(values), new Tensor(vectors)];
};

/**
 * The eigenvalues of symmetric matrices, ascending: [..., n, n] → [..., n]. As `linalg.eigh`, with a gradient that is finite always.
 *
 * Formula: A·v = λ·v
 *
 * Shapes: x [..., n, n] → [..., n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.eigvalsh(tensor([[3, 0], [0, -1]])).tolist(); // → [-1, 3]
 * ```
 */
export const eigvalsh = <T extends Tensor>(x: T): Made<T> => {
  const node = nodeOf('linalg.eigvalsh', x);
  requireSquare('linalg.eigvalsh', 'x', node);
  return new Tensor(eighOf(precise(node))[0]);
};

/**
 * Singular values and vectors, A = U·diag(S)·Vᵀ: [..., m, n] → [U, S [..., k] descending, Vᵀ], k = min(m, n).
 *
 * `fullMatrices` true (the default): U [..., m, m], Vᵀ [..., n, n]; false: U [..., m, k], Vᵀ [..., k, n]. The element of largest magnitude (the first of equal ones)
 * is positive in every column of U if m ≥ n, in every row of Vᵀ if m < n. By Q·R and rotations of Jacobi, O(m·n·k + k³·log k) operations: ⌈log₂ k⌉ + 10 sweeps
 * in float32, 2·⌈log₂ k⌉ + 8 in float64, which suffice up to k = 256 and some way beyond. The gradient is finite where singular values differ and none is 0, and none flows through the additional
 * vectors of `fullMatrices`. Throws a ShapeMismatchError for less than two axes. Agrees with `torch.linalg.svd` but for signs.
 *
 * Formula: A = U·diag(S)·Vᵀ
 *
 * Shapes: x [..., m, n] → U [..., m, m], S [..., min(m, n)], Vᵀ [..., n, n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const [u, s, vh] = linalg.svd(tensor([[0, 2], [-3, 0]]));
 * await s.tolist(); // → [3, 2]
 * await u.tolist(); // → [[0, 1], [1, 0]]
 * await vh.tolist(); // → [[-1, 0], [0, 1]]
 * ```
 */
export const svd = <T extends Tensor>(
  x: T,
  { fullMatrices = true }: { fullMatrices?: boolean } = {},
): [u: Made<T>, s: Made<T>, vh: Made<T>] => {
  const node = nodeOf('linalg.svd', x);
  requireMatrices('linalg.svd', 'x', node);
  const [u, s, vh] = svdOf(precise(node), fullMatrices);
  return [new Tensor(u), new Tensor(s), new Tensor(vh)];
};

/**
 * The singular values, descending: [..., m, n] → [..., min(m, n)]. As `linalg.svd`, with a gradient that is finite always.
 *
 * Formula: the square roots of the eigenvalues of Aᵀ·A
 *
 * Shapes: x [..., m, n] → [..., min(m, n)]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.svdvals(tensor([[0, 2], [-3, 0]])).tolist(); // → [3, 2]
 * ```
 */
export const svdvals = <T extends Tensor>(x: T): Made<T> => {
  const node = nodeOf('linalg.svdvals', x);
  requireMatrices('linalg.svdvals', 'x', node);
  return new Tensor(svdvalsOf(precise(node)));
};
