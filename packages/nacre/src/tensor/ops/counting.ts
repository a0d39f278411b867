import { dtypes, isFloat } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  mul,
  reshape,
  sub,
  times,
  where,
} from '../primitives/apply.ts';
import { eq, logicalAnd, toFloat } from './elementwise.ts';
import { checked } from './index-by.ts';
import { narrow } from './movement.ts';
import { amax, amin, sumOf } from './reduce.ts';
import { searchsorted } from './sorting.ts';

const flat = (x: Node): Node => reshape(x, [sizeOf(x.shape)]);

function requireSameShape(op: string, x: Node, weight: Node): void {
  if (sameShape(x.shape, weight.shape)) return;
  throw new ShapeMismatchError(`input: ${showShape(x.shape)}, weights: ${showShape(weight.shape)}`, {
    op,
    shapes: [x.shape, weight.shape],
    hint: 'Every element needs a weight',
  });
}

/** How often each number from 0 to length - 1 occurs in a list of integers, or the sum of their weights. */
export function bincount(x: Node, length: number, weights: Node | null): Node {
  const op = 'bincount';
  if (!Number.isInteger(length) || length < 0)
    throw new ArgumentError(`a length is a whole number of zero or more, got ${length}`, { op });
  if (dtypes[x.dtype].kind !== 'int') {
    throw new DTypeError(`counts integers, got ${x.dtype}`, {
      op,
      dtypes: [x.dtype],
      hint: "Convert with to('int32')",
    });
  }
  if (x.shape.length !== 1) {
    throw new ShapeMismatchError(`counts a list, got ${showShape(x.shape)}`, {
      op,
      shapes: [x.shape],
      hint: 'Use flatten()',
    });
  }
  if (weights) requireSameShape(op, x, weights);
  const weight = weights ? toFloat(weights) : expand(constant(1, 'int32'), x.shape);
  const zeros = expand(constant(0, weight.dtype), [length]);
  return apply('scatterAdd', [zeros, checked(op, x, length), weight], { axis: 0 });
}

/** bins + 1 numbers at equal distances from `low` to `high`; around them where they are one. */
export function binEdges(low: Node, high: Node, bins: number, margin: number): Node {
  const isPoint = eq(low, high);
  const by = constant(margin, low.dtype);
  const from = where(isPoint, sub(low, by), low);
  const to = where(isPoint, add(high, by), high);
  const place = apply('iota', [], { shape: [bins + 1], axis: 0, dtype: low.dtype });
  const step = times(sub(to, from), 1 / bins);
  // Counted from the nearer end, so that both ends are exact.
  const upper = sub(to, mul(step, sub(constant(bins, low.dtype), place)));
  const isLower = apply('lt', [place, constant((bins + 1) / 2, low.dtype)], {});
  return where(isLower, add(from, mul(step, place)), upper);
}

/** The smallest and the largest element, as numbers; 0 and 1 where there is none. */
export const extremes = (x: Node): [Node, Node] =>
  sizeOf(x.shape) ? [amin(x), amax(x)] : [constant(0, x.dtype), constant(1, x.dtype)];

/**
 * How many elements lie in each bin between neighbouring edges, lower edges and the last one included, or the sum of their weights.
 * With `density` divided by the total and by the bins' widths.
 */
export function histogram(
  x: Node,
  edges: Node,
  weight: Node | null,
  density: boolean,
  op = 'histogram',
): Node {
  if (edges.shape.length !== 1 || edges.shape[0] < 2) {
    throw new ShapeMismatchError(
      `bins lie between two edges or more in a list, got ${showShape(edges.shape)}`,
      {
        op,
        shapes: [edges.shape],
      },
    );
  }
  if (weight) requireSameShape(op, x, weight);
  const values = flat(x);
  const bins = edges.shape[0] - 1;
  const zero = constant(0, 'int32');
  const last = constant(bins - 1, 'int32');
  const after = sub(searchsorted(edges, values, true, op), constant(1, 'int32'));
  const isEnd = apply('eq', [values, cast(narrow(edges, 0, bins, 1), values.dtype)], {});
  const bin = where(isEnd, last, after);
  const inside = logicalAnd(apply('le', [zero, bin], {}), apply('le', [bin, last], {}));
  const dtype = isFloat(x.dtype) ? x.dtype : 'float32';
  const weights = weight ? cast(flat(weight), dtype) : constant(1, dtype);
  const counted = where(inside, weights, constant(0, dtype));
  const zeros = expand(constant(0, dtype), [bins]);
  const counts = apply('scatterAdd', [zeros, where(inside, bin, zero), counted], { axis: 0 });
  if (!density) return counts;
  const widths = sub(narrow(edges, 0, 1, bins), narrow(edges, 0, 0, bins));
  return div(counts, mul(cast(widths, dtype), sumOf(counts)));
}
