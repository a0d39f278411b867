/** Gaussian elimination with partial pivoting, and what it solves: linear systems, inverses, determinants, P·L·U. */
import { ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { sameShape, sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  mul,
  neg,
  permute,
  reshape,
  sub,
  sum,
  swapLast,
  times,
  where,
} from '../../primitives/apply.ts';
import { withGradient } from '../../primitives/rules.ts';
import { scan } from '../../primitives/scan.ts';
import {
  abs,
  any,
  argmax,
  concat,
  eq,
  log,
  logicalAnd,
  logicalNot,
  lt,
  matmul,
  narrow,
  prod,
  sign,
  tril,
  triu,
  withoutGradient,
} from '../index.ts';
import {
  asBatch,
  asColumns,
  asRows,
  batchOf,
  columnAt,
  columnsOf,
  diagonalOf,
  elementAt,
  epsilonOf,
  identity,
  minusOuter,
  notANumber,
  one,
  place,
  preciseTogether,
  requireSquare,
  rowsAt,
  rowsOf,
  stepsOf,
  sumLast,
  withOneBatch,
  zero,
  zeros,
} from './matrices.ts';
import { substitution, triangularSolution } from './triangular.ts';

interface Eliminated {
  /** The pivot rows as they were used, in their order: [batch, steps, columns]. Left of the diagonal stands rounding. */
  readonly upper: Node;
  /** Multiples of the pivot rows in each row, rows where they were: [batch, rows, steps]. */
  readonly lower: Node;
  /** Which row each pivot was, as int32: [batch, steps]. */
  readonly pivots: Node;
}

/**
 * Takes multiples of a pivot row from the rows not used yet, `steps` times; the pivot is the largest element of its column among them.
 * Rows stay where they are: a mask knows the used ones, so that a step is one update of the whole matrix. A column of zeros is skipped.
 */
function eliminate(x: Node, steps: number): Eliminated {
  const [batch, rows] = x.shape;
  const { outputs } = scan(
    ([current, used], [k]) => {
      const isFree = eq(used, 0);
      const column = columnAt(current, k);
      const pivot = argmax(where(isFree, abs(column), constant(-1, x.dtype)), 1);
      const row = reshape(rowsAt(current, reshape(pivot, [batch, 1])), [batch, columnsOf(x)]);
      const isPivot = eq(place([batch, rows], 1), reshape(pivot, [batch, 1]));
      const divisor = reshape(elementAt(row, k), [batch, 1]);
      const safe = where(eq(divisor, 0), one(x), divisor);
      const factors = where(logicalAnd(isFree, logicalNot(isPivot)), div(column, safe), zero(x));
      const chosen = cast(isPivot, x.dtype);
      return {
        carry: [minusOuter(current, factors, row), add(used, chosen)],
        outputs: [row, add(factors, chosen), cast(pivot, x.dtype)],
      };
    },
    [x, zeros([batch, rows], x.dtype)],
    [stepsOf(steps)],
    steps,
  );
  const [pivotRows, factors, pivots] = outputs;
  return {
    upper: permute(pivotRows, [1, 0, 2]),
    lower: permute(factors, [1, 2, 0]),
    pivots: cast(permute(pivots, [1, 0]), 'int32'),
  };
}

/** X of A·X = B for [..., n, n] and [..., n, m] of one batch. All NaN where a pivot is exactly 0. */
function solution(a: Node, b: Node): Node {
  if (sizeOf(b.shape) === 0) return b;
  const n = rowsOf(a);
  const [result] = withGradient(
    [a, b],
    withoutGradient(() => {
      const { upper } = eliminate(concat([asBatch(a), asBatch(b)], 2), n);
      const triangle = narrow(upper, 2, 0, n);
      const solved = substitution(triangle, narrow(upper, 2, n, columnsOf(b)), { upper: true });
      const isSingular = any(eq(diagonalOf(triangle), 0), 1, true);
      return [reshape(where(asColumns(isSingular), notANumber(b), solved), b.shape)];
    }),
    ([matrix], [x], [g]) => {
      const back = solution(swapLast(matrix), g);
      return [neg(matmul(back, swapLast(x))), back];
    },
  );
  return result;
}

/** X of A·X = B: B is a vector (or a batch of them, where its shape is A's without the last axis) or a matrix; batches broadcast. */
export function solve(a: Node, b: Node, op = 'linalg.solve'): Node {
  requireSquare(op, 'a', a);
  const isVector = b.shape.length === 1 || sameShape(b.shape, a.shape.slice(0, -1));
  const right = isVector && b.shape.length ? asColumns(b) : b;
  if (right.shape.length < 2 || rowsOf(right) !== rowsOf(a)) {
    throw new ShapeMismatchError(
      `a: ${showShape(a.shape)}, b: ${showShape(b.shape)}: expected ${rowsOf(a)} rows in b, got ${rowsOf(right) ?? 'a number'}`,
      { op, shapes: [a.shape, b.shape] },
    );
  }
  const x = solution(...withOneBatch(op, ...preciseTogether(a, right)));
  return isVector ? reshape(x, x.shape.slice(0, -1)) : x;
}

/** The inverse of a float matrix. */
export function inverse(a: Node): Node {
  if (sizeOf(a.shape) === 0) return a;
  const [result] = withGradient(
    [a],
    withoutGradient(() => [solution(a, identity(rowsOf(a), rowsOf(a), a.dtype, batchOf(a)))]),
    (_, [x], [g]) => {
      const transposed = swapLast(x);
      return [neg(matmul(matmul(transposed, g), transposed))];
    },
  );
  return result;
}

// ---- determinants ----

/** 1 or -1: whether the rows in the order of the pivots are an even or an odd permutation. */
function parity(pivots: Node, like: Node): Node {
  const n = columnsOf(pivots);
  const isInverted = logicalAnd(
    lt(reshape(pivots, [...pivots.shape.slice(0, -1), 1, n]), asColumns(pivots)),
    lt(place([n, n], 0), place([n, n], 1)),
  );
  const inversions = sum(cast(isInverted, 'int32'), [pivots.shape.length - 1, pivots.shape.length]);
  const isOdd = eq(apply('remainder', [inversions, constant(2, 'int32')], {}), 1);
  return where(isOdd, constant(-1, like.dtype), one(like));
}

const pivotsOf = (a: Node): { diagonal: Node; order: Node } => {
  const { upper, pivots } = eliminate(asBatch(a), rowsOf(a));
  return { diagonal: diagonalOf(upper), order: parity(pivots, a) };
};

/**
 * The matrix with its pivots of exactly 0 moved by a rounding error: where it has one less than full rank, its determinant times its
 * inverse is the adjugate to that accuracy, while the matrix itself has no inverse.
 */
function regularized(a: Node): Node {
  const moved = withoutGradient(() => {
    const matrix = asBatch(a);
    const { upper, lower } = eliminate(matrix, rowsOf(a));
    const largest = apply('amax', [abs(matrix)], { axes: [1, 2] });
    const scale = times(where(eq(largest, 0), one(a), largest), epsilonOf(a.dtype));
    // A number added to pivot k adds that multiple of column k of P·L.
    const added = where(eq(diagonalOf(upper), 0), asColumns(scale), zero(a));
    return reshape(mul(lower, asRows(added)), a.shape);
  });
  return add(a, moved);
}

export function det(a: Node): Node {
  if (rowsOf(a) === 0) return expand(one(a), batchOf(a));
  if (sizeOf(a.shape) === 0) return zeros(batchOf(a), a.dtype);
  const [result] = withGradient(
    [a],
    withoutGradient(() => {
      const { diagonal, order } = pivotsOf(a);
      return [reshape(mul(prod(diagonal, 1), order), batchOf(a))];
    }),
    ([matrix], _, [g]) => {
      const regular = regularized(matrix);
      const factor = mul(g, det(regular));
      return [mul(reshape(factor, [...factor.shape, 1, 1]), swapLast(inverse(regular)))];
    },
  );
  return result;
}

/** The sign of the determinant, 0 where it is 0, and the logarithm of its magnitude. */
export function slogdet(a: Node): [Node, Node] {
  const batch = batchOf(a);
  if (rowsOf(a) === 0) return [expand(one(a), batch), zeros(batch, a.dtype)];
  if (sizeOf(a.shape) === 0) return [zeros(batch, a.dtype), zeros(batch, a.dtype)];
  const { diagonal, order } = withoutGradient(() => pivotsOf(a));
  const signs = withoutGradient(() => reshape(mul(prod(sign(diagonal), 1), order), batch));
  const [logarithm] = withGradient(
    [a],
    withoutGradient(() => [reshape(sumLast(log(abs(diagonal))), batch)]),
    ([matrix], _, [g]) => [mul(reshape(g, [...g.shape, 1, 1]), swapLast(inverse(matrix)))],
  );
  return [signs, logarithm];
}

// ---- factors ----

/** A = P·L·U for [..., m, n]: P [m, m], L [m, k] with ones on its diagonal, U [k, n], where k = min(m, n). */
export function lu(a: Node): [Node, Node, Node] {
  const [m, n] = a.shape.slice(-2);
  const steps = Math.min(m, n);
  const batch = batchOf(a);
  if (sizeOf(a.shape) === 0) {
    return [
      identity(m, m, a.dtype, batch),
      zeros([...batch, m, steps], a.dtype),
      zeros([...batch, steps, n], a.dtype),
    ];
  }
  const { order, lower, upper } = withoutGradient(() => {
    const found = eliminate(asBatch(a), steps);
    // A row that was pivot k comes in place k, those that were none after them in the order they have.
    const shape = [found.pivots.shape[0], steps, m];
    const isPivot = eq(place(shape, 2), asColumns(found.pivots));
    const last = add(place(shape, 2), constant(m, 'int32'));
    const moves = sum(where(isPivot, sub(place(shape, 1), last), constant(0, 'int32')), [1]);
    const order = apply('argsort', [add(moves, place(moves.shape, 1))], { descending: false });
    return { ...found, order };
  });
  const permutation = withoutGradient(() =>
    reshape(cast(eq(place([m, m], 0), reshape(order, [order.shape[0], 1, m])), a.dtype), [...batch, m, m]),
  );
  const [l, u] = withGradient(
    [a, permutation],
    withoutGradient(() => [
      reshape(rowsAt(lower, order), [...batch, m, steps]),
      reshape(triu(upper), [...batch, steps, n]),
    ]),
    ([, p], [left, right], [gl, gu]) => [luGradient(p, left, right, gl, gu), null],
  );
  return [permutation, l, u];
}

/** The rule of P·L·U; the columns right of a square, or the rows below it, follow from the square's factors. */
function luGradient(p: Node, l: Node, u: Node, gl: Node, gu: Node): Node {
  const [m, n] = [rowsOf(l), columnsOf(u)];
  const k = Math.min(m, n);
  const [l1, u1] = [narrow(l, -2, 0, k), narrow(u, -1, 0, k)];
  let [gl1, gu1] = [narrow(gl, -2, 0, k), narrow(gu, -1, 0, k)];
  const byLower = (x: Node): Node =>
    triangularSolution(swapLast(l1), x, { upper: true, left: true, unitriangular: true });
  const byUpper = (x: Node): Node =>
    triangularSolution(swapLast(u1), x, { upper: false, left: false, unitriangular: false });
  let rest: Node | null = null;
  if (n > k) {
    rest = byLower(narrow(gu, -1, k, n - k));
    gl1 = sub(gl1, matmul(rest, swapLast(narrow(u, -1, k, n - k))));
  } else if (m > k) {
    rest = byUpper(narrow(gl, -2, k, m - k));
    gu1 = sub(gu1, matmul(swapLast(narrow(l, -2, k, m - k)), rest));
  }
  const inner = add(tril(matmul(swapLast(l1), gl1), -1), triu(matmul(gu1, swapLast(u1))));
  const square = byUpper(byLower(inner));
  return matmul(p, rest ? concat([square, rest], n > k ? -1 : -2) : square);
}
