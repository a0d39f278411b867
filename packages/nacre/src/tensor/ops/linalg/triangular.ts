/** Triangular systems, and the factor of Cholesky. */
import { ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import { add, div, mul, neg, permute, reshape, sub, swapLast, times, where } from '../../primitives/apply.ts';
import { withGradient } from '../../primitives/rules.ts';
import { scan } from '../../primitives/scan.ts';
import { ge, gt, lt, matmul, sqrt, tril, triu, withoutGradient } from '../index.ts';
import {
  asBatch,
  columnAt,
  columnsOf,
  elementAt,
  identity,
  minusOuter,
  place,
  preciseTogether,
  requireMatrices,
  requireSquare,
  rowsAt,
  rowsOf,
  stepsOf,
  withOneBatch,
  zero,
} from './matrices.ts';

export interface TriangularOptions {
  /** Whether the elements above the diagonal count, or those below it. */
  upper: boolean;
  /** Whether the triangle stands left of X. */
  left: boolean;
  /** Whether the diagonal is taken as ones. */
  unitriangular: boolean;
}

/**
 * X of T·X = Y for [batch, n, n] and [batch, n, m], one row of X a step, each taken out of what the other rows have left. Elements of T
 * on the other side of the diagonal do not count.
 */
export function substitution(
  t: Node,
  y: Node,
  { upper, unitriangular = false }: Pick<TriangularOptions, 'upper'> & Partial<TriangularOptions>,
): Node {
  const [batch, n, m] = y.shape;
  const { outputs } = scan(
    ([rest], [k, column]) => {
      const row = reshape(rowsAt(rest, reshape(k, [1, 1])), [batch, m]);
      const x = unitriangular ? row : div(row, reshape(elementAt(column, k), [batch, 1]));
      const rows = place([batch, n], 1);
      const factors = where(upper ? lt(rows, k) : gt(rows, k), column, zero(t));
      return { carry: [minusOuter(rest, factors, x)], outputs: [x] };
    },
    [y],
    [stepsOf(n), permute(t, [2, 0, 1])],
    n,
    upper,
  );
  return permute(outputs[0], [1, 0, 2]);
}

/** X of T·X = B or X·T = B, for a float dtype and one batch. */
export function triangularSolution(t: Node, b: Node, options: TriangularOptions): Node {
  const { upper, left, unitriangular } = options;
  if (!left) {
    const other = { upper: !upper, left: true, unitriangular };
    return swapLast(triangularSolution(swapLast(t), swapLast(b), other));
  }
  if (sizeOf(b.shape) === 0) return b;
  const [result] = withGradient(
    [t, b],
    withoutGradient(() => [reshape(substitution(asBatch(t), asBatch(b), options), b.shape)]),
    ([triangle], [x], [g]) => {
      const back = triangularSolution(swapLast(triangle), g, { ...options, upper: !upper });
      const all = neg(matmul(back, swapLast(x)));
      const skipped = unitriangular ? 1 : 0;
      return [upper ? triu(all, skipped) : tril(all, -skipped), back];
    },
  );
  return result;
}

export function solveTriangular(a: Node, b: Node, options: TriangularOptions): Node {
  const op = 'linalg.solveTriangular';
  requireSquare(op, 'a', a);
  requireMatrices(op, 'b', b);
  const length = options.left ? rowsOf(b) : columnsOf(b);
  if (length !== rowsOf(a)) {
    throw new ShapeMismatchError(
      `a: ${showShape(a.shape)}, b: ${showShape(b.shape)}: expected ${rowsOf(a)} ${options.left ? 'rows' : 'columns'} in b, got ${length}`,
      { op, shapes: [a.shape, b.shape] },
    );
  }
  return triangularSolution(...withOneBatch(op, ...preciseTogether(a, b)), options);
}

/** L of A = L·Lᵀ, of which only the elements on and below the diagonal count. NaN from the first pivot on that is not positive. */
function lowerFactor(a: Node): Node {
  if (sizeOf(a.shape) === 0) return a;
  const [result] = withGradient(
    [a],
    withoutGradient(() => {
      const x = asBatch(a);
      const [batch, n] = x.shape;
      const { outputs } = scan(
        ([rest], [k]) => {
          const column = columnAt(rest, k);
          const root = reshape(sqrt(elementAt(column, k)), [batch, 1]);
          const factor = where(ge(place([batch, n], 1), k), div(column, root), zero(a));
          return { carry: [minusOuter(rest, factor, factor)], outputs: [factor] };
        },
        [x],
        [stepsOf(n)],
        n,
      );
      return [reshape(permute(outputs[0], [1, 2, 0]), a.shape)];
    }),
    (_, [l], [g]) => {
      const n = rowsOf(l);
      const half = times(identity(n, n, l.dtype), 0.5);
      const product = tril(matmul(swapLast(l), g));
      const lower = sub(product, mul(product, half));
      const middle = times(add(lower, swapLast(lower)), 0.5);
      const transposed = swapLast(l);
      const solved = triangularSolution(transposed, middle, {
        upper: true,
        left: true,
        unitriangular: false,
      });
      return [triangularSolution(l, solved, { upper: false, left: false, unitriangular: false })];
    },
  );
  return result;
}

/** L of A = L·Lᵀ, or U of A = Uᵀ·U. */
export const cholesky = (a: Node, upper: boolean): Node =>
  upper ? swapLast(lowerFactor(swapLast(a))) : lowerFactor(a);

/** X of A·X = B, given the factor of A. */
export function choleskySolve(b: Node, factor: Node, upper: boolean): Node {
  const options = { left: true, unitriangular: false };
  const transposed = swapLast(factor);
  const [first, second] = upper ? [transposed, factor] : [factor, transposed];
  const y = solveTriangular(first, b, { ...options, upper: false });
  return solveTriangular(second, y, { ...options, upper: true });
}
