import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxis, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  expand,
  permute,
  plus,
  reshape,
  sub,
  times,
  where,
} from '../primitives/apply.ts';
import {
  ceil,
  floor,
  isnan,
  le,
  lerp,
  logicalAnd,
  logicalNot,
  logicalOr,
  round,
  toFloat,
  together,
  withoutGradient,
} from './elementwise.ts';
import { narrow, squeeze } from './movement.ts';
import { sumOf } from './reduce.ts';

/** With an axis moved to the end. */
function toLast(x: Node, axis: number): Node {
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return permute(x, [...others, axis]);
}

/** With the last axis moved to a place. */
function fromLast(x: Node, axis: number): Node {
  const order = x.shape.map((_, i) => i);
  return permute(x, [...order.slice(0, axis), order.length - 1, ...order.slice(axis, -1)]);
}

/** The places of the elements along an axis in sorted order, as int32. Equal elements keep their order; NaN is the largest. */
export function argsort(x: Node, dim = -1, descending = false, op = 'argsort'): Node {
  const axis = resolveAxis(op, dim, x.shape.length);
  if (!x.shape.length) return constant(0, 'int32');
  return withoutGradient(() => fromLast(apply('argsort', [toLast(x, axis)], { descending }), axis));
}

/** What stands at places along an axis, which lie in it. */
const at = (x: Node, axis: number, places: Node): Node =>
  x.shape.length ? apply('gather', [x, places], { axis }) : x;

/** The elements along an axis in order, and their places. */
export function sort(x: Node, dim = -1, descending = false): [Node, Node] {
  const order = argsort(x, dim, descending, 'sort');
  return [at(x, resolveAxis('sort', dim, x.shape.length), order), order];
}

const lengthOf = (x: Node, axis: number): number => (x.shape.length ? x.shape[axis] : 1);

/** The largest (or smallest) `k` elements along an axis, and their places. */
export function topk(x: Node, k: number, dim = -1, largest = true): [Node, Node] {
  const op = 'topk';
  const axis = resolveAxis(op, dim, x.shape.length);
  const length = lengthOf(x, axis);
  if (!Number.isInteger(k) || k < 0 || k > length) {
    throw new ArgumentError(
      `k is a whole number from 0 to the ${length} elements of axis ${axis}, got ${k}`,
      {
        op,
        shapes: [x.shape],
      },
    );
  }
  const order = argsort(x, dim, largest, op);
  const places = x.shape.length ? narrow(order, axis, 0, k) : order;
  return [at(x, axis, places), places];
}

/** Elements and places along an axis that has become 1 long. */
const onePlace = (x: Node, axis: number, places: Node, keepdim: boolean): [Node, Node] => {
  const values = at(x, axis, places);
  return keepdim || !x.shape.length ? [values, places] : [squeeze(values, axis), squeeze(places, axis)];
};

/** The k-th smallest element along an axis, counted from 1, and its place. */
export function kthvalue(x: Node, k: number, dim = -1, keepdim = false): [Node, Node] {
  const op = 'kthvalue';
  const axis = resolveAxis(op, dim, x.shape.length);
  const length = lengthOf(x, axis);
  if (!Number.isInteger(k) || k < 1 || k > length) {
    throw new ArgumentError(
      `k is a whole number from 1 to the ${length} elements of axis ${axis}, got ${k}`,
      {
        op,
        shapes: [x.shape],
      },
    );
  }
  const order = argsort(x, dim, false, op);
  return onePlace(x, axis, x.shape.length ? narrow(order, axis, k - 1, 1) : order, keepdim);
}

function requireElements(op: string, x: Node, axis: number): void {
  if (lengthOf(x, axis)) return;
  throw new ArgumentError(`axis ${axis} has no elements`, { op, shapes: [x.shape] });
}

/** The lower one of the middle elements along an axis and its place; of lines with NaN the first NaN. */
export function medianAlong(x: Node, dim: number, keepdim = false): [Node, Node] {
  const op = 'median';
  const axis = resolveAxis(op, dim, x.shape.length);
  requireElements(op, x, axis);
  const order = argsort(x, dim, false, op);
  if (!x.shape.length) return [x, order];
  const middle = constant(Math.floor((x.shape[axis] - 1) / 2), 'int32');
  const notNumbers = withoutGradient(() => sumOf(isnan(x), axis, true));
  // Sorted last, NaNs begin where as many places remain as there are of them.
  const first = sub(constant(x.shape[axis], 'int32'), notNumbers);
  const rank = where(apply('lt', [constant(0, 'int32'), notNumbers], {}), first, middle);
  return onePlace(x, axis, at(order, axis, rank), keepdim);
}

const flat = (x: Node): Node => reshape(x, [sizeOf(x.shape)]);

/** The lower one of the middle elements of all. */
export const median = (x: Node): Node => medianAlong(flat(x), 0)[0];

export type QuantileInterpolation = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

/** How the elements below and above a rank make a quantile. */
const between: {
  readonly [I in QuantileInterpolation]: (rank: Node, pick: (at: Node) => Node) => Node;
} = {
  linear: (rank, pick) => lerp(pick(floor(rank)), pick(ceil(rank)), sub(rank, floor(rank))),
  lower: (rank, pick) => pick(floor(rank)),
  higher: (rank, pick) => pick(ceil(rank)),
  midpoint: (rank, pick) => times(add(pick(floor(rank)), pick(ceil(rank))), 0.5),
  nearest: (rank, pick) => pick(round(rank)),
};

/**
 * What a part `q` of the elements along an axis lies below: the element of rank q·(n - 1), or one made of the two beside it. A list of
 * parts comes first in the result.
 */
export function quantile(
  x: Node,
  q: Node,
  dim?: number | null,
  keepdim = false,
  interpolation: QuantileInterpolation = 'linear',
): Node {
  const op = 'quantile';
  const all = dim === undefined || dim === null;
  const axis = resolveAxis(op, dim ?? 0, x.shape.length);
  if (q.shape.length > 1) {
    throw new ShapeMismatchError(`q is a number or a list, got ${showShape(q.shape)}`, {
      op,
      shapes: [x.shape, q.shape],
    });
  }
  const kept = x.shape.map((length, i) => (all || i === axis ? 1 : length));
  const value = toFloat(all || !x.shape.length ? flat(x) : toLast(x, axis));
  const last = value.shape.length - 1;
  requireElements(op, value, last);
  const count = value.shape[last];
  const [sorted] = sort(value);
  const parts = reshape(cast(q, value.dtype), [sizeOf(q.shape)]);
  const ranks = times(parts, count - 1);
  // A line with NaN has it at its end, and no quantile.
  const end = narrow(sorted, last, count - 1, 1);
  const shape = [...value.shape.slice(0, last), parts.shape[0]];
  const rank = expand(where(isnan(end), constant(count - 1, value.dtype), ranks), shape);
  const pick = (place: Node): Node =>
    at(sorted, last, apply('checkIndex', [cast(place, 'int32')], { size: count, op }));
  const result = between[interpolation](rank, pick);
  const list = permute(result, [last, ...result.shape.map((_, i) => i).slice(0, -1)]);
  const rest = keepdim ? kept : list.shape.slice(1);
  return reshape(list, [...q.shape, ...rest]);
}

/**
 * Where values go in sorted lines so that these stay sorted, as int32: before equal elements, or after them (`right`). A binary search,
 * all values at once.
 */
export function searchsorted(lines: Node, values: Node, right = false, op = 'searchsorted'): Node {
  const axis = lines.shape.length - 1;
  const oneLine = lines.shape.length === 1;
  if (!lines.shape.length || !(oneLine || sameShape(lines.shape.slice(0, -1), values.shape.slice(0, -1)))) {
    throw new ShapeMismatchError(`sorted: ${showShape(lines.shape)}, values: ${showShape(values.shape)}`, {
      op,
      shapes: [lines.shape, values.shape],
      hint: 'Give one sorted line, or as many as there are lines of values',
    });
  }
  return withoutGradient(() => {
    const [sorted, all] = together(lines, values);
    const wanted = all.shape.length ? all : flat(all);
    const last = wanted.shape.length - 1;
    const length = sorted.shape[axis];
    const line = oneLine ? expand(sorted, [...wanted.shape.slice(0, -1), length]) : sorted;
    const one = constant(1, 'int32');
    const end = constant(length, 'int32');
    let place = expand(constant(0, 'int32'), wanted.shape);
    for (let step = 2 ** Math.floor(Math.log2(length)); step >= 1; step /= 2) {
      const next = plus(place, step);
      const inside = le(next, end);
      const element = at(line, last, sub(where(inside, next, one), one));
      const isBefore = right
        ? logicalOr(le(element, wanted), isnan(wanted))
        : logicalAnd(logicalNot(le(wanted, element)), logicalNot(isnan(element)));
      place = where(logicalAnd(inside, isBefore), next, place);
    }
    return reshape(place, values.shape);
  });
}
