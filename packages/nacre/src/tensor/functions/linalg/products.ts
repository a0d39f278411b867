/** Products, powers and other functions of matrices and vectors. */
import { nodeOf, nodesOf } from '../../arguments.ts';
import * as functions from '../../ops/linalg/functions.ts';
import { precise, requireSquare } from '../../ops/linalg/matrices.ts';
import type { DTypesOf, Numeric, Together } from '../../signatures.ts';
import { Tensor } from '../../tensor.ts';
import type { PromoteAll, Shape } from '../../types/index.ts';
import type { Alike } from './types.ts';

/**
 * The power of a square matrix for an integer n: 0 gives the identity, a negative n powers of the inverse (NaN where there is
 * none).
 *
 * Throws a ShapeMismatchError where x is not square, an ArgumentError where n is no integer. Agrees with `torch.linalg.matrix_power`.
 *
 * Formula: Aⁿ = A·A·…
 *
 * Shapes: x [..., m, m] → [..., m, m]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.matrixPower(tensor([[1, 1], [0, 1]]), 5).tolist(); // → [[1, 5], [0, 1]]
 * ```
 */
export const matrixPower = <T extends Tensor>(x: T, n: number): Alike<T> =>
  new Tensor(functions.matrixPower(nodeOf('linalg.matrixPower', x), n));

/**
 * The exponential of square matrices.
 *
 * By scaling, Padé's approximation and up to 16 squarings: where the largest sum of magnitudes of a column is above 257,000 (float32) or 352,000 (float64)
 * the result is NaN. Throws a ShapeMismatchError where x is not square. Agrees with `torch.linalg.matrix_exp`.
 *
 * Formula: exp(A) = Σ Aᵏ / k!
 *
 * Shapes: x [..., n, n] → [..., n, n]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.matrixExp(tensor([[0, 1], [0, 0]])).tolist(); // → [[1, 1], [0, 1]]
 * ```
 */
export const matrixExp = <T extends Tensor>(x: T): Alike<T> => {
  const node = nodeOf('linalg.matrixExp', x);
  requireSquare('linalg.matrixExp', 'x', node);
  return new Tensor(functions.matrixExp(precise(node)));
};

/**
 * The sum of the diagonal of a matrix: [m, n] → []. Throws a ShapeMismatchError for another number of axes. Agrees with `torch.trace`.
 *
 * Formula: Σ x[i, i]
 *
 * Shapes: x [m, n] → []
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.trace(tensor([[1, 2], [3, 4]])).item(); // → 5
 * ```
 */
export const trace = <T extends Tensor>(x: T): Tensor<[], Numeric<T['dtype']>> =>
  new Tensor(functions.trace(nodeOf('linalg.trace', x)));

/**
 * Kronecker's product, in which every element of x stands for that number of times y: [m, n], [p, q] → [m·p, n·q], and so for any number of axes;
 * a shorter shape gets axes of length 1 in front. Agrees with `torch.kron`.
 *
 * Formula: z[i·p + k, j·q + l] = x[i, j]·y[k, l]
 *
 * Shapes: x [m, n], y [p, q] → [m·p, n·q]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.kron(tensor([[1, 2]]), tensor([[1], [3]])).tolist(); // → [[1, 2], [3, 6]]
 * ```
 */
export const kron = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B,
): Tensor<Shape, Numeric<Together<A, B>>> =>
  new Tensor(functions.kron(nodeOf('linalg.kron', x), nodeOf('linalg.kron', y)));

/**
 * x × y of vectors of three numbers along an axis, batches broadcast. Option: `dim` (default -1). Throws a ShapeMismatchError where the axis has
 * another length. Agrees with `torch.linalg.cross`.
 *
 * Formula: (x₂y₃ - x₃y₂, x₃y₁ - x₁y₃, x₁y₂ - x₂y₁)
 *
 * Shapes: x, y broadcast to [..., 3] → [..., 3]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.cross(tensor([1, 0, 0]), tensor([0, 1, 0])).tolist(); // → [0, 0, 1]
 * ```
 */
export const cross = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B,
  { dim = -1 }: { dim?: number } = {},
): Tensor<Shape, Numeric<Together<A, B>>> =>
  new Tensor(functions.cross(nodeOf('linalg.cross', x), nodeOf('linalg.cross', y), dim));

/**
 * The product of two or more matrices, in the order of brackets that needs the fewest multiplications. The first may be a vector (a row), the last too (a
 * column). Throws a ShapeMismatchError where neighbours do not fit, an ArgumentError for less than two. Agrees with `torch.linalg.multi_dot`.
 *
 * Formula: A₁·A₂·…·Aₙ
 *
 * Shapes: [a, b], [b, c], …, [y, z] → [a, z]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * const x = linalg.multiDot([tensor([[1, 2]]), tensor([[0, 1], [1, 0]]), tensor([3, 4])]);
 * await x.tolist(); // → [10]
 * ```
 */
export const multiDot = <const T extends readonly Tensor[]>(
  tensors: T,
): Tensor<Shape, PromoteAll<DTypesOf<T>>> =>
  new Tensor(functions.multiDot(nodesOf('linalg.multiDot', tensors)));

/**
 * The powers x⁰ to xᴺ⁻¹ of every element: [..., n] → [..., n, N]. Option: `N` (default n). Throws an ArgumentError for an N below 1. Agrees with
 * `torch.linalg.vander`.
 *
 * Formula: y[i, j] = x[i]ʲ
 *
 * Shapes: x [..., n] → [..., n, N]
 *
 * @example
 * ```ts
 * import { linalg, tensor } from 'nacre';
 * await linalg.vander(tensor([1, 2, 3]), { N: 4 }).tolist(); // → [[1, 1, 1, 1], [1, 2, 4, 8], [1, 3, 9, 27]]
 * ```
 */
export const vander = <T extends Tensor>(
  x: T,
  { N }: { N?: number } = {},
): Tensor<Shape, Numeric<T['dtype']>> => new Tensor(functions.vander(nodeOf('linalg.vander', x), N));
