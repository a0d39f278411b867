import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, resolveAxis, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { add, cast, constant, expand, reshape, sub, times, where } from '../primitives/apply.ts';
import { abs, eq, mulOf, ne, pow, toFloat, together } from './elementwise.ts';
import { concat, narrow, stack, unsqueeze } from './movement.ts';
import { norm, sumOf } from './reduce.ts';

/** Each list along an axis of its own, repeated over the others; with 'xy' the first two axes are exchanged. */
export function meshgrid(lists: readonly Node[], indexing: 'ij' | 'xy' = 'ij'): Node[] {
  const op = 'meshgrid';
  for (const { shape } of lists) {
    if (shape.length > 1)
      throw new ShapeMismatchError(`takes lists, got ${showShape(shape)}`, { op, shapes: [shape] });
  }
  const axes = lists.map((_, i) => (indexing === 'xy' && i < 2 && lists.length > 1 ? 1 - i : i));
  const shape = axes.map((list) => sizeOf(lists[list].shape));
  return lists.map((list, i) =>
    expand(
      reshape(
        list,
        shape.map((length, axis) => (axes[i] === axis ? length : 1)),
      ),
      shape,
    ),
  );
}

/** All combinations of one element of each list, a row each. */
export function cartesianProd(lists: readonly Node[]): Node {
  if (lists.length === 1) return lists[0];
  return stack(
    meshgrid(lists).map((grid) => reshape(grid, [sizeOf(grid.shape)])),
    1,
  );
}

/** (Σ |aᵢ - bⱼ|^p)^(1/p) of all pairs of rows. Where it is 0 its slope is taken as 0, and so are slopes of equal elements. */
export function cdist(x: Node, y: Node, p = 2): Node {
  const op = 'cdist';
  const features = x.shape.at(-1);
  if (x.shape.length < 2 || y.shape.length < 2 || features !== y.shape.at(-1)) {
    throw new ShapeMismatchError(`left: ${showShape(x.shape)}, right: ${showShape(y.shape)}`, {
      op,
      shapes: [x.shape, y.shape],
      hint: 'Both are [..., rows, features], with as many features',
    });
  }
  if (!(p >= 0)) throw new ArgumentError(`p is a number of zero or more, got ${p}`, { op });
  const [left, right] = together(x, y).map(toFloat);
  const batch = broadcastShapes(op, x.shape.slice(0, -2), y.shape.slice(0, -2));
  if (!features) {
    return expand(constant(0, left.dtype), [...batch, x.shape.at(-2)!, y.shape.at(-2)!]);
  }
  const difference = sub(unsqueeze(left, -2), unsqueeze(right, -3));
  const simple = p === 0 || p === 1 || p === 2 || p === Number.POSITIVE_INFINITY;
  if (simple) return norm(difference, p, -1);
  // A power below 1 has an infinite slope at 0.
  const one = constant(1, left.dtype);
  const zero = constant(0, left.dtype);
  const powered = (value: Node, exponent: number): Node => {
    const isZero = eq(value, 0);
    return where(isZero, zero, pow(where(isZero, one, value), exponent));
  };
  return powered(sumOf(powered(abs(difference), p), -1), 1 / p);
}

/** Each element less the one before it along an axis, `n` times; of truth values, whether they differ. */
export function diff(
  x: Node,
  n = 1,
  dim = -1,
  prepend: Node | null = null,
  append: Node | null = null,
): Node {
  const op = 'diff';
  if (!x.shape.length) {
    throw new ShapeMismatchError('a number has no neighbours', { op, shapes: [x.shape] });
  }
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(`n is a whole number of zero or more, got ${n}`, { op });
  const axis = resolveAxis(op, dim, x.shape.length);
  const parts = [prepend, x, append].filter((part) => part !== null);
  let value = parts.length > 1 ? concat(parts, axis) : x;
  for (let i = 0; i < n; i++) {
    const count = Math.max(0, value.shape[axis] - 1);
    const later = narrow(value, axis, value.shape[axis] - count, count);
    const earlier = narrow(value, axis, 0, count);
    value = x.dtype === 'bool' ? ne(later, earlier) : sub(later, earlier);
  }
  return value;
}

/** Σ (yᵢ + yᵢ₊₁)/2 · (xᵢ₊₁ - xᵢ) along an axis, the distances being `x`'s (a list, or of y's shape) or one number. */
export function trapezoid(y: Node, x: Node | number = 1, dim = -1): Node {
  const op = 'trapezoid';
  if (!y.shape.length) throw new ShapeMismatchError('a number is no curve', { op, shapes: [y.shape] });
  const axis = resolveAxis(op, dim, y.shape.length);
  const value = toFloat(y);
  const count = Math.max(0, y.shape[axis] - 1);
  const sums = add(narrow(value, axis, 0, count), narrow(value, axis, y.shape[axis] - count, count));
  if (typeof x === 'number') return times(sumOf(sums, axis), x / 2);
  const along =
    x.shape.length === 1
      ? reshape(
          x,
          y.shape.map((_, i) => (i === axis ? x.shape[0] : 1)),
        )
      : x;
  if (along.shape.length !== y.shape.length || along.shape[axis] !== y.shape[axis]) {
    throw new ShapeMismatchError(`y: ${showShape(y.shape)}, x: ${showShape(x.shape)}`, {
      op,
      shapes: [y.shape, x.shape],
      hint: `x is a list as long as axis ${axis} of y, or of y's shape`,
    });
  }
  const widths = diff(cast(along, value.dtype), 1, axis);
  return times(sumOf(mulOf(sums, widths), axis), 0.5);
}
