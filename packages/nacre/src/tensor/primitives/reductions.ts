import { ArgumentError } from '../../base/errors.ts';
import { rowMajorStrides, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, cast, constant, div, mul, spread, sub, sum, where } from './apply.ts';
import { numberDType } from './dtype-rules.ts';
import { forEachPlace, offsetOf } from './places.ts';
import type { NodeOf, OpRecord, Values } from './record.ts';

type Reduction = 'sum' | 'prod' | 'amax' | 'amin';

function reduceValues(
  x: Values,
  axes: readonly number[],
  start: number,
  combine: (a: number, b: number) => number,
): Float64Array {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const outShape = kept.map((axis) => x.shape[axis]);
  const out = new Float64Array(sizeOf(outShape)).fill(start);
  const strides = rowMajorStrides(outShape);
  forEachPlace(x.shape, (at, position) => {
    const to = offsetOf(
      kept.map((axis) => at[axis]),
      strides,
    );
    out[to] = combine(out[to], x.data[position]);
  });
  return out;
}

function reduction<P extends Reduction>(
  op: P,
  lowered: 'add' | 'mul' | 'max' | 'min',
  start: number,
  combine: (a: number, b: number) => number,
  gradient: (g: Node, node: NodeOf<P>) => Node,
): OpRecord<P> {
  const emptyAllowed = op === 'sum' || op === 'prod';
  return {
    shape: ([x], { axes }) => {
      if (!emptyAllowed && axes.some((axis) => x.shape[axis] === 0)) {
        throw new ArgumentError('an axis without elements has no largest or smallest', {
          op,
          shapes: [x.shape],
        });
      }
      return x.shape.filter((_, axis) => !axes.includes(axis));
    },
    dtype: (inputs) => (emptyAllowed ? numberDType(op, inputs, "Convert with to('int32')") : inputs[0].dtype),
    gradient: (g, node) => [gradient(g, node)],
    reference: ([x], node) => reduceValues(x, node.attributes.axes, start, combine),
    lowering: { kind: 'reduce', op: lowered, axes: (node) => node.attributes.axes },
  };
}

/** The cotangent goes to the extreme elements, in equal shares where there are several. */
function toExtremes(g: Node, node: NodeOf<'amax'> | NodeOf<'amin'>): Node {
  const [x] = node.inputs;
  const { axes } = node.attributes;
  const isExtreme = apply('eq', [x, spread(node, x.shape, axes)], {});
  if ('first' in node.attributes && node.attributes.first) {
    return where(isFirst(isExtreme, axes), spread(g, x.shape, axes), constant(0, g.dtype));
  }
  const count = sum(cast(isExtreme, g.dtype), axes);
  return where(isExtreme, spread(div(g, count), x.shape, axes), constant(0, g.dtype));
}

/** Whether an element is the first, in row-major order along the axes, for which the condition holds. */
function isFirst(condition: Node, axes: readonly number[]): Node {
  const { shape } = condition;
  const lengths = axes.map((axis) => shape[axis]);
  const strides = rowMajorStrides(lengths);
  // The first place is the one with the most places after it.
  const after = axes.reduce<Node>(
    (rest, axis, i) => {
      const place = apply('iota', [], { shape, axis, dtype: 'int32' });
      return sub(rest, mul(place, constant(strides[i], 'int32')));
    },
    constant(sizeOf(lengths), 'int32'),
  );
  const candidates = where(condition, after, constant(0, 'int32'));
  return apply('eq', [after, spread(apply('amax', [candidates], { axes }), shape, axes)], {});
}

/** Each element gets the product of all others: products from the left and from the right of it, so that zeros do no harm. */
function productOfOthers(g: Node, node: NodeOf<'prod'>): Node {
  const [x] = node.inputs;
  const { axes } = node.attributes;
  const zero = constant(0, x.dtype);
  const one = constant(1, x.dtype);
  const isZero = apply('eq', [x, zero], {});
  const zeros = spread(sum(cast(isZero, x.dtype), axes), x.shape, axes);
  // Without zeros: the product over x. With one zero: only that element has a slope, the product of the others. With more: none.
  const rest = spread(apply('prod', [where(isZero, one, x)], { axes }), x.shape, axes);
  const plain = div(spread(node, x.shape, axes), where(isZero, one, x));
  const single = where(apply('eq', [zeros, one], {}), where(isZero, rest, zero), zero);
  return mul(spread(g, x.shape, axes), where(apply('eq', [zeros, zero], {}), plain, single));
}

export const reductionRecords = {
  sum: reduction(
    'sum',
    'add',
    0,
    (a, b) => a + b,
    (g, node) => spread(g, node.inputs[0].shape, node.attributes.axes),
  ),
  prod: reduction('prod', 'mul', 1, (a, b) => a * b, productOfOthers),
  amax: reduction('amax', 'max', Number.NEGATIVE_INFINITY, Math.max, toExtremes),
  amin: reduction('amin', 'min', Number.POSITIVE_INFINITY, Math.min, toExtremes),
};
