/** Norms of vectors and matrices, and what is read off singular values: condition, rank, pseudo-inverse. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { resolveAxes, resolveAxis, sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import {
  add,
  cast,
  constant,
  div,
  keptShape,
  mul,
  neg,
  permute,
  reshape,
  sub,
  swapLast,
  times,
  where,
} from '../../primitives/apply.ts';
import { withGradient } from '../../primitives/rules.ts';
import {
  abs,
  amax,
  amin,
  type Dims,
  gt,
  isnan,
  logicalAnd,
  logicalNot,
  matmul,
  maximum,
  norm,
  sumOf,
  withoutGradient,
} from '../index.ts';
import { inverse } from './elimination.ts';
import { svd } from './jacobi.ts';
import {
  asRows,
  batchOf,
  columnsOf,
  epsilonOf,
  precise,
  requireMatrices,
  requireSquare,
  rowsOf,
  zeros,
} from './matrices.ts';

export type MatrixOrder = 'fro' | 'nuc' | number;

export const svdvals = (a: Node): Node => svd(a, false)[1];

/** (Σ |x|^p)^(1/p), with ∞ the largest magnitude, -∞ the smallest, 0 how many are not 0. */
export function vectorNorm(x: Node, ord = 2, dim?: Dims, keepdim = false): Node {
  const value = precise(x);
  if (Number.isNaN(ord)) throw new ArgumentError('ord is a number, got NaN', { op: 'linalg.vectorNorm' });
  return norm(value, ord, dim, keepdim);
}

const orders = [1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

export function matrixNorm(
  x: Node,
  ord: MatrixOrder = 'fro',
  dim: readonly number[] = [-2, -1],
  keepdim = false,
  op = 'linalg.matrixNorm',
): Node {
  const rank = x.shape.length;
  requireMatrices(op, 'x', x);
  if (dim.length !== 2)
    throw new ArgumentError(`dim names the two axes of the matrices, got [${dim.join(', ')}]`, { op });
  const axes = resolveAxes(op, dim, rank);
  if (ord === 'fro') return vectorNorm(x, 2, axes, keepdim);
  if (ord !== 'nuc' && !orders.includes(ord)) {
    throw new ArgumentError(`there is no matrix norm of order ${ord}`, {
      op,
      hint: "Orders are 'fro', 'nuc', 1, -1, 2, -2, Infinity and -Infinity",
    });
  }
  const [rows, columns] = dim.map((axis) => resolveAxis(op, axis, rank));
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== rows && axis !== columns);
  const matrices = permute(precise(x), [...others, rows, columns]);
  const result = ofMatrices(matrices, ord);
  return keepdim ? reshape(result, keptShape(x.shape, axes)) : result;
}

function ofMatrices(x: Node, ord: 'nuc' | number): Node {
  if (ord === 'nuc') return sumOf(svdvals(x), -1);
  const size = Math.abs(ord);
  const sizes = size === 2 ? svdvals(x) : sumOf(abs(x), size === 1 ? -2 : -1);
  return ord > 0 ? amax(sizes, -1) : amin(sizes, -1);
}

/** PyTorch's `torch.linalg.norm`: without an order the root of the sum of squares, else what the number of axes says. */
export function normOf(x: Node, ord: MatrixOrder | null | undefined, dim: Dims, keepdim: boolean): Node {
  const op = 'linalg.norm';
  if (ord === null || ord === undefined) return vectorNorm(x, 2, dim, keepdim);
  const rank = x.shape.length;
  const axes = dim === null || dim === undefined ? x.shape.map((_, axis) => axis) : [dim].flat();
  if (axes.length === 1 && typeof ord === 'number') return vectorNorm(x, ord, axes, keepdim);
  if (axes.length === 2) return matrixNorm(x, ord, axes, keepdim, op);
  throw new ShapeMismatchError(
    `x: ${showShape(x.shape)}, order ${ord} of ${axes.length} axes: expected ${typeof ord === 'number' ? 'one axis or two' : 'two axes'}`,
    { op, shapes: [x.shape], hint: rank > 2 ? 'Name the axes in dim' : undefined },
  );
}

/** |A|·|A⁻¹|, for the orders 2 and -2 by singular values. Infinite where A is singular. */
export function cond(a: Node, order: MatrixOrder): Node {
  const op = 'linalg.cond';
  const isSpectral = order === 2 || order === -2;
  if (isSpectral) requireMatrices(op, 'x', a);
  else requireSquare(op, 'x', a);
  const x = precise(a);
  if (sizeOf(x.shape.slice(-2)) === 0) return zeros(batchOf(x), x.dtype);
  if (isSpectral) {
    const values = svdvals(x);
    const [largest, smallest] = [amax(values, -1), amin(values, -1)];
    return order === 2 ? div(largest, smallest) : div(smallest, largest);
  }
  const own = matrixNorm(x, order, [-2, -1], false, op);
  const other = matrixNorm(inverse(x), order, [-2, -1], false, op);
  const isSingular = logicalAnd(isnan(other), logicalNot(isnan(own)));
  return where(isSingular, constant(Number.POSITIVE_INFINITY, x.dtype), mul(own, other));
}

export interface Tolerance {
  atol?: number | null;
  rtol?: number | null;
}

/** The number up to which singular values [..., k] count as 0: [..., 1]. */
function limitOf(op: string, a: Node, values: Node, { atol, rtol }: Tolerance): Node {
  for (const [name, value] of Object.entries({ atol, rtol })) {
    if (value !== null && value !== undefined && !(value >= 0))
      throw new ArgumentError(`${name} is a number of 0 or more, got ${value}`, { op });
  }
  const fallback = atol ? 0 : epsilonOf(a.dtype) * Math.max(rowsOf(a), columnsOf(a));
  return maximum(times(amax(values, -1, true), rtol ?? fallback), atol ?? 0);
}

export function matrixRank(a: Node, tolerance: Tolerance): Node {
  const op = 'linalg.matrixRank';
  requireMatrices(op, 'x', a);
  const x = precise(a);
  if (sizeOf(x.shape.slice(-2)) === 0) return zeros(batchOf(x), 'int32');
  const values = withoutGradient(() => svdvals(x));
  return sumOf(cast(gt(values, limitOf(op, x, values, tolerance)), 'int32'), -1);
}

/** The pseudo-inverse by singular values; those that count as 0 are left out. */
export function pinv(a: Node, tolerance: Tolerance): Node {
  const op = 'linalg.pinv';
  requireMatrices(op, 'x', a);
  const x = precise(a);
  if (sizeOf(x.shape) === 0) return zeros([...batchOf(x), columnsOf(x), rowsOf(x)], x.dtype);
  const [result] = withGradient(
    [x],
    withoutGradient(() => {
      const [u, s, vh] = svd(x, false);
      const isLarge = gt(s, limitOf(op, x, s, tolerance));
      const inverted = where(isLarge, div(constant(1, x.dtype), s), constant(0, x.dtype));
      return [matmul(mul(swapLast(vh), asRows(inverted)), swapLast(u))];
    }),
    // Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973.
    ([matrix], [p], [g]) => {
      const [pt, gt1] = [swapLast(p), swapLast(g)];
      const direct = neg(matmul(matmul(pt, g), pt));
      const left = matmul(matmul(gt1, p), pt);
      const right = matmul(matmul(pt, p), gt1);
      const outsideRows = sub(left, matmul(matrix, matmul(p, left)));
      const outsideColumns = sub(right, matmul(matmul(right, p), matrix));
      return [add(add(direct, outsideRows), outsideColumns)];
    },
  );
  return result;
}
