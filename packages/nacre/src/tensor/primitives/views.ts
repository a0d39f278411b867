import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { checkShape, rowMajorStrides, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import { delinearize, linearize } from '../../compiler/evaluate.ts';
import type { Node } from '../../graph/node.ts';
import type { KernelBuilder } from '../../ir/builder.ts';
import type { Index } from '../../ir/expr.ts';
import { apply, permute, reshape, unbroadcast } from './apply.ts';
import { fromPlaces, offsetOf } from './places.ts';
import type { OpRecord, Values, WindowAttributes } from './record.ts';

/** Reads each element of the result from where `source` says; `null` gives `fill`. */
function pick(
  x: Values,
  shape: Shape,
  source: (at: readonly number[]) => readonly number[] | null,
  fill = 0,
): Float64Array {
  const strides = rowMajorStrides(x.shape);
  return fromPlaces(shape, (at) => {
    const from = source(at);
    return from ? x.data[offsetOf(from, strides)] : fill;
  });
}

function windowShape(
  op: string,
  shape: Shape,
  { axes, sizes }: WindowAttributes,
  from: readonly number[],
  to: readonly number[],
): number[] {
  const rank = shape.length - sizes.length;
  const fits =
    axes.every((axis, i) => shape[axis] === from[i]) && sizes.every((size, i) => shape[rank + i] === size);
  if (!fits) {
    throw new ShapeMismatchError(
      `${showShape(shape)} does not have the lengths ${showShape(from)} along axes ${showShape(axes)}, followed by ${showShape(sizes)}`,
      { op, shapes: [shape] },
    );
  }
  return shape.map((length, axis) => (axes.includes(axis) ? to[axes.indexOf(axis)] : length));
}

/** The place with the indices along the sliding axes replaced; null where one of them has no element. */
function place(
  at: readonly number[],
  { axes, sizes }: WindowAttributes,
  along: (index: number, k: number, i: number) => number | null,
): number[] | null {
  const out = [...at];
  const rank = at.length - sizes.length;
  for (const [i, axis] of axes.entries()) {
    const index = along(at[axis], at[rank + i], i);
    if (index === null) return null;
    out[axis] = index;
  }
  return out;
}

/** Whether no window reaches into padding or beyond the end. */
const staysInside = ({ before, windows, strides, sizes, dilations, lengths }: WindowAttributes): boolean =>
  before.every(
    (padding, i) =>
      padding <= 0 && (windows[i] - 1) * strides[i] + (sizes[i] - 1) * dilations[i] - padding < lengths[i],
  );

function covered(
  window: number,
  k: number,
  i: number,
  { strides, dilations, before, lengths }: WindowAttributes,
): number | null {
  const element = window * strides[i] + k * dilations[i] - before[i];
  return element >= 0 && element < lengths[i] ? element : null;
}

const kernelIndex = (at: readonly Index[], i: number, { sizes }: WindowAttributes): Index =>
  at[at.length - sizes.length + i];

const coveredIndex = (
  b: KernelBuilder,
  at: readonly Index[],
  i: number,
  attributes: WindowAttributes,
): Index => {
  const { axes, strides, dilations, before } = attributes;
  const element = b.add(
    b.scale(at[axes[i]], strides[i]),
    b.scale(kernelIndex(at, i, attributes), dilations[i]),
  );
  return b.shift(element, -before[i]);
};

const distanceIndex = (
  b: KernelBuilder,
  at: readonly Index[],
  i: number,
  attributes: WindowAttributes,
): Index => {
  const { axes, dilations, before } = attributes;
  return b.shift(b.add(at[axes[i]], b.scale(kernelIndex(at, i, attributes), -dilations[i])), before[i]);
};

const moved = (at: readonly Index[], { axes }: WindowAttributes, along: (i: number) => Index): Index[] =>
  at.map((index, axis) => (axes.includes(axis) ? along(axes.indexOf(axis)) : index));

const inputDType = ([x]: readonly Node[]): Node['dtype'] => x.dtype;

export const viewRecords: {
  alias: OpRecord<'alias'>;
  reshape: OpRecord<'reshape'>;
  permute: OpRecord<'permute'>;
  expand: OpRecord<'expand'>;
  slice: OpRecord<'slice'>;
  pad: OpRecord<'pad'>;
  flip: OpRecord<'flip'>;
  collect: OpRecord<'collect'>;
  spread: OpRecord<'spread'>;
} = {
  alias: {
    shape: ([x]) => x.shape,
    dtype: inputDType,
    gradient: (g) => [g],
    reference: ([x]) => x.data.slice(),
    lowering: { kind: 'view', map: (_, at) => at },
  },
  reshape: {
    shape: ([x], { shape }) => {
      checkShape('reshape', shape);
      if (sizeOf(shape) !== sizeOf(x.shape)) {
        throw new ShapeMismatchError(
          `${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
          { op: 'reshape', shapes: [x.shape, shape], hint: 'Give -1 for one length to have it computed' },
        );
      }
      return shape;
    },
    dtype: inputDType,
    gradient: (g, node) => [reshape(g, node.inputs[0].shape)],
    reference: ([x]) => x.data.slice(),
    lowering: {
      kind: 'view',
      map: (b, at, node) => delinearize(b, node.inputs[0].shape, linearize(b, node.shape, at)),
    },
  },
  permute: {
    shape: ([x], { order }) => {
      if (
        !sameShape(
          [...order].sort((a, b) => a - b),
          x.shape.map((_, axis) => axis),
        )
      ) {
        throw new ArgumentError(
          `[${order.join(', ')}] does not name each of the ${x.shape.length} axes once`,
          { op: 'permute', shapes: [x.shape] },
        );
      }
      return order.map((axis) => x.shape[axis]);
    },
    dtype: inputDType,
    gradient: (g, node) => [
      permute(
        g,
        node.shape.map((_, axis) => node.attributes.order.indexOf(axis)),
      ),
    ],
    reference: ([x], node) =>
      pick(x, node.shape, (at) => x.shape.map((_, axis) => at[node.attributes.order.indexOf(axis)])),
    lowering: {
      kind: 'view',
      map: (_, at, node) => at.map((_index, axis) => at[node.attributes.order.indexOf(axis)]),
    },
  },
  expand: {
    shape: ([x], { shape }) => {
      checkShape('expand', shape);
      const skip = shape.length - x.shape.length;
      const fits =
        skip >= 0 && x.shape.every((length, axis) => length === 1 || length === shape[skip + axis]);
      if (!fits) {
        throw new ShapeMismatchError(`${showShape(x.shape)} does not spread over ${showShape(shape)}`, {
          op: 'expand',
          shapes: [x.shape, shape],
          hint: 'Only axes of length 1, and new axes in front, can be repeated',
        });
      }
      return shape;
    },
    dtype: inputDType,
    gradient: (g, node) => [unbroadcast(g, node.inputs[0].shape)],
    reference: ([x], node) => {
      const skip = node.shape.length - x.shape.length;
      return pick(x, node.shape, (at) => x.shape.map((length, axis) => (length === 1 ? 0 : at[skip + axis])));
    },
    lowering: {
      kind: 'view',
      map: (b, at, node) => {
        const { shape } = node.inputs[0];
        const skip = at.length - shape.length;
        return shape.map((length, axis) => (length === 1 ? b.constant(0) : at[skip + axis]));
      },
    },
  },
  slice: {
    shape: ([x], { starts, lengths, steps }) => {
      x.shape.forEach((length, axis) => {
        const last = starts[axis] + (lengths[axis] - 1) * steps[axis];
        if (lengths[axis] > 0 && (starts[axis] < 0 || last >= length)) {
          throw new ArgumentError(
            `elements ${starts[axis]} to ${last} of axis ${axis} are outside ${showShape(x.shape)}`,
            {
              op: 'slice',
              shapes: [x.shape],
            },
          );
        }
      });
      return lengths;
    },
    dtype: inputDType,
    gradient: (g, node) => {
      const { starts, lengths, steps } = node.attributes;
      const { shape } = node.inputs[0];
      let spaced = g;
      // Elements that were stepped over get zeros between: each is followed by step - 1 of them.
      steps.forEach((step, axis) => {
        if (step === 1 || lengths[axis] <= 1) return;
        const current = spaced.shape;
        const split = [...current.slice(0, axis + 1), 1, ...current.slice(axis + 1)];
        const zeros = split.map((_, i) => (i === axis + 1 ? step - 1 : 0));
        const filled = apply('pad', [reshape(spaced, split)], {
          before: split.map(() => 0),
          after: zeros,
          value: 0,
        });
        const joined = reshape(
          filled,
          current.map((length, i) => (i === axis ? length * step : length)),
        );
        const keep = joined.shape.map((length, i) => (i === axis ? (lengths[axis] - 1) * step + 1 : length));
        spaced = apply('slice', [joined], {
          starts: keep.map(() => 0),
          lengths: keep,
          steps: keep.map(() => 1),
        });
      });
      const after = shape.map((length, axis) => length - starts[axis] - spaced.shape[axis]);
      return [apply('pad', [spaced], { before: starts, after, value: 0 })];
    },
    reference: ([x], node) => {
      const { starts, steps } = node.attributes;
      return pick(x, node.shape, (at) => at.map((index, axis) => starts[axis] + index * steps[axis]));
    },
    lowering: {
      kind: 'view',
      map: (b, at, node) =>
        at.map((index, axis) =>
          b.shift(b.scale(index, node.attributes.steps[axis]), node.attributes.starts[axis]),
        ),
    },
  },
  pad: {
    shape: ([x], { before, after }) => {
      const shape = x.shape.map((length, axis) => length + before[axis] + after[axis]);
      checkShape('pad', shape);
      return shape;
    },
    dtype: inputDType,
    gradient: (g, node) => {
      const { shape } = node.inputs[0];
      return [
        apply('slice', [g], { starts: node.attributes.before, lengths: shape, steps: shape.map(() => 1) }),
      ];
    },
    reference: ([x], node) => {
      const { before, value } = node.attributes;
      return pick(
        x,
        node.shape,
        (at) => {
          const from = at.map((index, axis) => index - before[axis]);
          return from.every((index, axis) => index >= 0 && index < x.shape[axis]) ? from : null;
        },
        value,
      );
    },
    lowering: {
      kind: 'view',
      map: (b, at, node) => at.map((index, axis) => b.shift(index, -node.attributes.before[axis])),
      inside: (b, at, node) =>
        at.map((index, axis) => ({
          index: b.shift(index, -node.attributes.before[axis]),
          low: 0,
          high: node.inputs[0].shape[axis],
        })),
      fill: (node) => node.attributes.value,
    },
  },
  flip: {
    shape: ([x]) => x.shape,
    dtype: inputDType,
    gradient: (g, node) => [apply('flip', [g], node.attributes)],
    reference: ([x], node) =>
      pick(x, node.shape, (at) =>
        at.map((index, axis) => (node.attributes.axes.includes(axis) ? x.shape[axis] - 1 - index : index)),
      ),
    lowering: {
      kind: 'view',
      map: (b, at, node) =>
        at.map((index, axis) =>
          node.attributes.axes.includes(axis) ? b.shift(b.scale(index, -1), node.shape[axis] - 1) : index,
        ),
    },
  },
  /** [..., length, ..., size]: element of window k → [..., window, ..., size]. What a window sees, element by element. */
  collect: {
    shape: ([x], attributes) =>
      windowShape('collect', x.shape, attributes, attributes.lengths, attributes.windows),
    dtype: inputDType,
    gradient: (g, node) => [apply('spread', [g], { ...node.attributes, value: 0 })],
    reference: ([x], node) =>
      pick(
        x,
        node.shape,
        (at) => place(at, node.attributes, (w, k, i) => covered(w, k, i, node.attributes)),
        node.attributes.value,
      ),
    lowering: {
      kind: 'view',
      map: (b, at, node) => moved(at, node.attributes, (i) => coveredIndex(b, at, i, node.attributes)),
      inside: (b, at, node) =>
        node.attributes.axes.map((_, i) => ({
          index: coveredIndex(b, at, i, node.attributes),
          low: 0,
          high: node.attributes.lengths[i],
        })),
      fill: (node) => node.attributes.value,
      isTotal: (node) => staysInside(node.attributes),
    },
  },
  /** The transpose of `collect`: each element of a window goes back to where it was taken from; 0 where none was. */
  spread: {
    shape: ([x], attributes) =>
      windowShape('spread', x.shape, attributes, attributes.windows, attributes.lengths),
    dtype: inputDType,
    gradient: (g, node) => [apply('collect', [g], node.attributes)],
    reference: ([x], node) => {
      const { strides, windows } = node.attributes;
      return pick(x, node.shape, (at) =>
        place(at, node.attributes, (element, k, i) => {
          const distance = element + node.attributes.before[i] - k * node.attributes.dilations[i];
          const window = distance / strides[i];
          return Number.isInteger(window) && window >= 0 && window < windows[i] ? window : null;
        }),
      );
    },
    lowering: {
      kind: 'view',
      map: (b, at, node) =>
        moved(at, node.attributes, (i) =>
          b.div(distanceIndex(b, at, i, node.attributes), node.attributes.strides[i]),
        ),
      inside: (b, at, node) =>
        node.attributes.axes.flatMap((_, i) => {
          const { strides, windows } = node.attributes;
          const index = distanceIndex(b, at, i, node.attributes);
          const within = { index, low: 0, high: windows[i] * strides[i] };
          return strides[i] === 1 ? [within] : [within, { index: b.mod(index, strides[i]), low: 0, high: 1 }];
        }),
    },
  },
};
