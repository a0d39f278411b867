/** Q·R by the reflections of Householder, and least squares by it. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import { add, apply, div, mul, neg, reshape, sub, swapLast, where } from '../../primitives/apply.ts';
import { withGradient } from '../../primitives/rules.ts';
import { scan } from '../../primitives/scan.ts';
import {
  abs,
  concat,
  eq,
  gt,
  lt,
  matmul,
  narrow,
  sqrt,
  square,
  sumOf,
  tril,
  triu,
  withoutGradient,
} from '../index.ts';
import {
  asBatch,
  asRows,
  batchOf,
  elementAt,
  identity,
  minusOuter,
  one,
  place,
  preciseTogether,
  requireMatrices,
  rowsAt,
  rowsOf,
  stepsOf,
  sumLast,
  withOneBatch,
  zero,
  zeros,
} from './matrices.ts';
import { triangularSolution } from './triangular.ts';

/** The largest magnitude in each matrix of a batch, [batch, 1, 1], and 1 for matrices of zeros: squares of what is divided by it are safe. */
export function scaleOf(x: Node): Node {
  const largest = apply('amax', [abs(x)], { axes: [1, 2] });
  return reshape(where(eq(largest, 0), one(x), largest), [x.shape[0], 1, 1]);
}

/**
 * X - w·(wᵀ·X) of the columns of X, which lie in rows here: [batch, columns, rows]. In this layout the products with w, the update and the
 * columns themselves are all read in order.
 */
function reflected(columns: Node, w: Node): Node {
  const products = sumLast(mul(columns, asRows(w)));
  return minusOuter(columns, products, w);
}

export interface Reflected {
  /** R in the rows it has, with zeros below its diagonal: [batch, rows, columns]. */
  readonly r: Node;
  /** Vectors w of the reflections I - w·wᵀ, in order: [min(rows, columns), batch, rows]. */
  readonly reflections: Node;
}

/**
 * Reflects matrices [batch, rows, columns] of elements around 1 to triangles, column by column: w = (x + sign(α)·|x|·e) / √(|x|·(|x| + |α|))
 * with α the element on the diagonal. A column with zeros below its diagonal stays as it is, so that signs are those of LAPACK.
 */
export function reflect(x: Node): Reflected {
  const [batch, m, n] = x.shape;
  const steps = Math.min(m, n);
  const {
    carry: [last],
    outputs: [reflections],
  } = scan(
    ([current], [k]) => {
      const column = reshape(rowsAt(current, reshape(k, [1, 1])), [batch, m]);
      const alpha = reshape(elementAt(column, k), [batch, 1]);
      const rows = place([batch, m], 1);
      const below = where(gt(rows, k), column, zero(x));
      const rest = sumOf(square(below), 1, true);
      const length = sqrt(add(rest, square(alpha)));
      const isDone = eq(rest, 0);
      const divisor = where(isDone, one(x), sqrt(mul(length, add(length, abs(alpha)))));
      const head = add(alpha, where(lt(alpha, 0), neg(length), length));
      const whole = where(eq(rows, k), head, below);
      const w = where(isDone, zero(x), div(whole, divisor));
      return { carry: [reflected(current, w)], outputs: [w] };
    },
    [swapLast(x)],
    [stepsOf(steps)],
    steps,
  );
  return { r: triu(swapLast(last)), reflections };
}

/** The first columns of the product of the reflections: [batch, rows, columns]. */
export function reflector(reflections: Node, columns: number): Node {
  const [steps, batch, m] = reflections.shape;
  const { carry } = scan(
    ([q], [w]) => ({ carry: [reflected(q, w)], outputs: [] }),
    [identity(columns, m, reflections.dtype, [batch])],
    [reflections],
    steps,
    true,
  );
  return swapLast(carry[0]);
}

export type QrMode = 'reduced' | 'complete' | 'r';

/** Q and R of float matrices; with mode 'r' Q is empty. */
export function qr(a: Node, mode: QrMode): [Node, Node] {
  const op = 'linalg.qr';
  const batch = batchOf(a);
  const [m, n] = a.shape.slice(-2);
  const k = mode === 'complete' ? m : Math.min(m, n);
  if (sizeOf(a.shape) === 0) {
    const q = mode === 'r' ? zeros([0], a.dtype) : identity(m, k, a.dtype, batch);
    return [q, zeros([...batch, k, n], a.dtype)];
  }
  const made = withoutGradient(() => {
    const x = asBatch(a);
    const scale = scaleOf(x);
    const { r, reflections } = reflect(div(x, scale));
    const whole = reshape(narrow(mul(r, scale), 1, 0, k), [...batch, k, n]);
    return mode === 'r' ? [whole] : [reshape(reflector(reflections, k), [...batch, m, k]), whole];
  });
  const isSmooth = mode === 'reduced' || (mode === 'complete' && m <= n);
  const results = withGradient([a], made, (_, [q, r], [gq, gr]) => {
    if (isSmooth) return [qrGradient(q, r, gq, gr)];
    throw new ArgumentError(
      mode === 'r'
        ? "with mode 'r' Q is not computed, which the gradient needs"
        : `the last ${m - n} columns of Q of ${showShape(a.shape)} are not determined, so that there is no gradient`,
      { op, shapes: [a.shape], hint: "Use mode 'reduced'" },
    );
  });
  return mode === 'r' ? [zeros([0], a.dtype), results[0]] : [results[0], results[1]];
}

/** gA = (gQ + Q·M)·R⁻ᵀ with the lower triangle of R·gRᵀ - gQᵀ·Q mirrored to M; columns right of a square are Qᵀ times A's. */
function qrGradient(q: Node, r: Node, gq: Node, gr: Node): Node {
  const [k, n] = r.shape.slice(-2);
  const others = n - k;
  const right = others > 0 ? narrow(gr, -1, k, others) : null;
  const r1 = narrow(r, -1, 0, k);
  const gr1 = triu(narrow(gr, -1, 0, k));
  // A₂ = Q·R₂ gives Q a cotangent too.
  const whole = right ? add(gq, matmul(matmul(q, narrow(r, -1, k, others)), swapLast(right))) : gq;
  const product = sub(matmul(r1, swapLast(gr1)), matmul(swapLast(whole), q));
  const mirrored = add(tril(product), swapLast(tril(product, -1)));
  const inner = add(whole, matmul(q, mirrored));
  const left = triangularSolution(swapLast(r1), inner, { upper: false, left: false, unitriangular: false });
  return right ? concat([left, matmul(q, right)], -1) : left;
}

/** The X of least |A·X - B|², of full rank; where there are many, the one of least |X|². And the sums of squares that are left. */
export function lstsq(a: Node, b: Node): { solution: Node; residuals: Node } {
  const op = 'linalg.lstsq';
  requireMatrices(op, 'a', a);
  requireMatrices(op, 'b', b);
  if (rowsOf(a) !== rowsOf(b)) {
    throw new ShapeMismatchError(
      `a: ${showShape(a.shape)}, b: ${showShape(b.shape)}: expected ${rowsOf(a)} rows in b, got ${rowsOf(b)}`,
      { op, shapes: [a.shape, b.shape] },
    );
  }
  const [x, y] = withOneBatch(op, ...preciseTogether(a, b));
  const [m, n] = x.shape.slice(-2);
  const options = { left: true, unitriangular: false };
  if (m < n) {
    const [q, r] = qr(swapLast(x), 'reduced');
    const inner = triangularSolution(swapLast(r), y, { ...options, upper: false });
    return { solution: matmul(q, inner), residuals: zeros([0], x.dtype) };
  }
  const [q, r] = qr(x, 'reduced');
  const solution = triangularSolution(r, matmul(swapLast(q), y), { ...options, upper: true });
  if (m === n) return { solution, residuals: zeros([0], x.dtype) };
  return { solution, residuals: sumOf(square(sub(matmul(x, solution), y)), -2) };
}
