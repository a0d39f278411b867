import { ShapeMismatchError, showShape } from '../../base/errors.ts';
import { rowMajorStrides, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, constant, expand, swapLast } from './apply.ts';
import { dtypeError } from './dtype-rules.ts';
import { forEachPlace, fromPlaces, offsetOf } from './places.ts';
import type { NodeOf, OpRecord } from './record.ts';

const matmul = (a: Node, b: Node): Node => apply('matmul', [a, b], {});

/**
 * Adds source elements at indices where both may be shorter than the base on other axes: the missing ones add nothing.
 * A longer source is cut to the index.
 */
export function scatter(base: Node, axis: number, index: Node, source: Node): Node {
  checkIndexed('scatterAdd', base, index, axis);
  if (
    source.shape.length !== index.shape.length ||
    index.shape.some((length, i) => length > source.shape[i])
  ) {
    throw new ShapeMismatchError(`index: ${showShape(index.shape)}, source: ${showShape(source.shape)}`, {
      op: 'scatterAdd',
      shapes: [index.shape, source.shape],
      hint: 'The source needs an element for every index',
    });
  }
  const zeros = index.shape.map(() => 0);
  const cut = sameShape(source.shape, index.shape)
    ? source
    : apply('slice', [source], { starts: zeros, lengths: index.shape, steps: index.shape.map(() => 1) });
  const after = index.shape.map((length, i) => (i === axis ? 0 : base.shape[i] - length));
  const filled = (x: Node): Node =>
    after.some((length) => length > 0) ? apply('pad', [x], { before: zeros, after, value: 0 }) : x;
  return apply('scatterAdd', [base, filled(index), filled(cut)], { axis });
}

/** The place with the index along one axis replaced. */
const indexedPlace = (at: readonly number[], axis: number, index: number): number[] =>
  at.map((along, i) => (i === axis ? index : along));

const isTransposed = (x: Node): boolean =>
  x.op === 'permute' && (x as NodeOf<'permute'>).attributes.order.at(-1) === x.shape.length - 2;

/** Products of matrices, indexing by data, joining: the primitives that are neither elementwise, nor views, nor reductions. */
export const structuredRecords: {
  matmul: OpRecord<'matmul'>;
  gather: OpRecord<'gather'>;
  scatterAdd: OpRecord<'scatterAdd'>;
  concat: OpRecord<'concat'>;
} = {
  matmul: {
    shape: ([a, b]) => {
      const [rows, inner] = a.shape.slice(-2);
      const [inner2, columns] = b.shape.slice(-2);
      const batch = a.shape.slice(0, -2);
      if (inner !== inner2 || !sameShape(batch, b.shape.slice(0, -2))) {
        throw new ShapeMismatchError(
          `left: ${showShape(a.shape)}, right: ${showShape(b.shape)}, axis -1 of left against axis -2 of right: ${inner} against ${inner2}`,
          {
            op: 'matmul',
            shapes: [a.shape, b.shape],
            hint: 'Columns of the left matrix must equal rows of the right one',
          },
        );
      }
      return [...batch, rows, columns];
    },
    dtype: ([a, b]) => {
      if (a.dtype !== b.dtype || a.dtype === 'bool') {
        throw dtypeError('matmul', [a, b], `left: ${a.dtype}, right: ${b.dtype}`);
      }
      return a.dtype;
    },
    gradient: (g, node) => {
      const [a, b] = node.inputs;
      // A transposed operand (a weight in PyTorch's layout) gets its cotangent as the transpose of a product too: the two cancel,
      // and the cotangent of what was transposed is a plain product.
      return [
        isTransposed(a) ? swapLast(matmul(b, swapLast(g))) : matmul(g, swapLast(b)),
        isTransposed(b) ? swapLast(matmul(swapLast(g), a)) : matmul(swapLast(a), g),
      ];
    },
    reference: ([a, b], node) => {
      const [rows, inner] = a.shape.slice(-2);
      const columns = b.shape[b.shape.length - 1];
      const out = new Float64Array(sizeOf(node.shape));
      const batches = sizeOf(node.shape.slice(0, -2));
      for (let batch = 0; batch < batches; batch++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let total = 0;
            for (let k = 0; k < inner; k++) {
              total +=
                a.data[(batch * rows + row) * inner + k] * b.data[(batch * inner + k) * columns + column];
            }
            out[(batch * rows + row) * columns + column] = total;
          }
        }
      }
      return out;
    },
    lowering: { kind: 'contract' },
  },
  gather: {
    shape: ([data, index], { axis }) => {
      checkIndexed('gather', data, index, axis);
      return index.shape;
    },
    dtype: ([data]) => data.dtype,
    gradient: (g, node) => {
      const [data, index] = node.inputs;
      return [scatter(expand(constant(0, g.dtype), data.shape), node.attributes.axis, index, g), null];
    },
    reference: ([data, index], node) => {
      const { axis } = node.attributes;
      const strides = rowMajorStrides(data.shape);
      return fromPlaces(
        index.shape,
        (at, position) => data.data[offsetOf(indexedPlace(at, axis, index.data[position]), strides)],
      );
    },
    lowering: { kind: 'gather', axis: (node) => node.attributes.axis },
  },
  scatterAdd: {
    shape: ([base, index, source], { axis }) => {
      const fits =
        sameShape(index.shape, source.shape) &&
        index.shape.every((length, i) => i === axis || length === base.shape[i]);
      if (!fits) {
        throw new ShapeMismatchError(
          `base: ${showShape(base.shape)}, index: ${showShape(index.shape)}, source: ${showShape(source.shape)}`,
          {
            op: 'scatterAdd',
            shapes: [base.shape, index.shape, source.shape],
            hint: `Index and source have one shape, and the base's lengths on every axis but ${axis}`,
          },
        );
      }
      return base.shape;
    },
    dtype: ([base, , source]) => {
      if (base.dtype !== source.dtype) {
        throw dtypeError('scatterAdd', [base, source], `base: ${base.dtype}, source: ${source.dtype}`);
      }
      return base.dtype;
    },
    gradient: (g, node) => {
      return [g, null, apply('gather', [g, node.inputs[1]], { axis: node.attributes.axis })];
    },
    reference: ([base, index, source], node) => {
      const { axis } = node.attributes;
      const strides = rowMajorStrides(base.shape);
      const out = base.data.slice();
      forEachPlace(index.shape, (at, position) => {
        out[offsetOf(indexedPlace(at, axis, index.data[position]), strides)] += source.data[position];
      });
      return out;
    },
    lowering: { kind: 'scatter', op: 'add', axis: (node) => node.attributes.axis },
  },
  concat: {
    shape: (inputs, { axis }) => {
      const [first, ...others] = inputs;
      for (const other of others) {
        const differs = first.shape.findIndex((length, i) => i !== axis && length !== other.shape[i]);
        if (differs >= 0 || first.shape.length !== other.shape.length) {
          throw new ShapeMismatchError(
            `first: ${showShape(first.shape)}, other: ${showShape(other.shape)}, axis ${differs}`,
            {
              op: 'concat',
              shapes: [first.shape, other.shape],
              hint: `All lengths but those of axis ${axis} must be equal`,
            },
          );
        }
      }
      const joined = inputs.reduce((length, input) => length + input.shape[axis], 0);
      return first.shape.map((length, i) => (i === axis ? joined : length));
    },
    dtype: (inputs) => inputs[0].dtype,
    gradient: (g, node) => {
      const { axis } = node.attributes;
      let start = 0;
      return node.inputs.map(({ shape }) => {
        const starts = shape.map((_, i) => (i === axis ? start : 0));
        start += shape[axis];
        return apply('slice', [g], { starts, lengths: shape, steps: shape.map(() => 1) });
      });
    },
    reference: (inputs, node) => {
      const { axis } = node.attributes;
      const inner = sizeOf(node.shape.slice(axis + 1));
      const outer = sizeOf(node.shape.slice(0, axis));
      const out = new Float64Array(sizeOf(node.shape));
      let position = 0;
      for (let row = 0; row < outer; row++) {
        for (const { shape, data } of inputs) {
          const run = shape[axis] * inner;
          for (let i = 0; i < run; i++) out[position++] = data[row * run + i];
        }
      }
      return out;
    },
    lowering: { kind: 'concat', axis: (node) => node.attributes.axis },
  },
};

function checkIndexed(op: string, data: Node, index: Node, axis: number): void {
  const fits =
    data.shape.length === index.shape.length &&
    index.shape.every((length, i) => i === axis || length <= data.shape[i]);
  if (!fits) {
    throw new ShapeMismatchError(`data: ${showShape(data.shape)}, index: ${showShape(index.shape)}`, {
      op,
      shapes: [data.shape, index.shape],
      hint: `Ranks must be equal, and the index no longer than the data on every axis but ${axis}`,
    });
  }
}
