import { ArgumentError, DTypeError } from '../../base/errors.ts';
import { rowMajorStrides, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, cast, constant, div, mul, spread, sum, where } from './apply.ts';
import type { NodeOf, OpRecord, Sample, Values } from './record.ts';

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
  const strides = rowMajorStrides(x.shape);
  const outStrides = rowMajorStrides(outShape);
  x.data.forEach((value, position) => {
    let to = 0;
    kept.forEach((axis, i) => {
      to += (Math.floor(position / strides[axis]) % x.shape[axis]) * outStrides[i];
    });
    out[to] = combine(out[to], value);
  });
  return out;
}

const samples: readonly Sample<Reduction>[] = [
  { shapes: [[17, 33]], attributes: { axes: [1] } },
  { shapes: [[17, 33]], attributes: { axes: [0] } },
  { shapes: [[3, 4, 5]], attributes: { axes: [0, 2] } },
  { shapes: [[3, 1, 5]], attributes: { axes: [1] } },
  { shapes: [[65]], attributes: { axes: [0] } },
  { shapes: [[2, 9, 130]], attributes: { axes: [2] } },
];

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
    dtype: ([x]) => {
      if (x.dtype === 'bool' && emptyAllowed) {
        throw new DTypeError('takes numbers, got bool', {
          op,
          dtypes: [x.dtype],
          hint: "Convert with to('int32')",
        });
      }
      return x.dtype;
    },
    gradient: (g, node) => [gradient(g, node)],
    reference: ([x], node) => reduceValues(x, node.attributes.axes, start, combine),
    lowering: { kind: 'reduce', op: lowered, axes: (node) => node.attributes.axes },
    samples: [
      ...(samples as readonly Sample<P>[]),
      ...(emptyAllowed ? [{ shapes: [[3, 0]], attributes: { axes: [1] } } as Sample<P>] : []),
    ],
    errors: emptyAllowed
      ? []
      : [
          {
            shapes: [[3, 0]],
            attributes: { axes: [1] },
            message: `${op}: an axis without elements has no largest or smallest`,
          },
        ],
  };
}

/** The cotangent goes to the extreme elements, in equal shares where there are several. */
function toExtremes(g: Node, node: NodeOf<'amax'> | NodeOf<'amin'>): Node {
  const [x] = node.inputs;
  const { axes } = node.attributes;
  const isExtreme = apply('eq', [x, spread(node, x.shape, axes)], {});
  const count = sum(cast(isExtreme, g.dtype), axes);
  return where(isExtreme, spread(div(g, count), x.shape, axes), constant(0, g.dtype));
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
