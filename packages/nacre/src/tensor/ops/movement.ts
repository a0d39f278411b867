import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxes, resolveAxis, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, constant, expand, permute, reshape, where } from '../primitives/apply.ts';
import { ge, le, together } from './elementwise.ts';
import { sumOf } from './reduce.ts';

/** Another shape for the same elements; -1 for one length has it computed. */
export function reshapeOf(x: Node, shape: Shape): Node {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`the shape is a list of lengths, got ${String(shape)}`, {
      op: 'reshape',
      hint: 'Write reshape([2, 3])',
    });
  }
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return reshape(x, shape);
  const others = shape.reduce((size, length, axis) => (axis === unknown ? size : size * length), 1);
  const size = sizeOf(x.shape);
  if (shape.indexOf(-1, unknown + 1) >= 0 || others <= 0 || size % others !== 0) {
    throw new ShapeMismatchError(
      `${showShape(x.shape)} has ${size} elements, which ${showShape(shape)} cannot hold`,
      {
        op: 'reshape',
        shapes: [x.shape, shape],
        hint: 'At most one length may be -1, and the others must divide the number of elements',
      },
    );
  }
  return reshape(
    x,
    shape.map((length, axis) => (axis === unknown ? size / others : length)),
  );
}

export function flatten(x: Node, startDim = 0, endDim = -1): Node {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const start = resolveAxis('flatten', startDim, rank);
  const end = resolveAxis('flatten', endDim, rank);
  if (start > end)
    throw new ArgumentError(`startDim ${startDim} comes after endDim ${endDim}`, {
      op: 'flatten',
      shapes: [x.shape],
    });
  return reshape(x, [
    ...x.shape.slice(0, start),
    sizeOf(x.shape.slice(start, end + 1)),
    ...x.shape.slice(end + 1),
  ]);
}

/** Removes axes of length 1: those named, or all. A named axis of another length stays, as in PyTorch. */
export function squeeze(x: Node, dim?: number | readonly number[] | null): Node {
  const axes = resolveAxes('squeeze', dim, x.shape.length);
  return reshape(
    x,
    x.shape.filter((length, axis) => length !== 1 || !axes.includes(axis)),
  );
}

export function unsqueeze(x: Node, dim: number): Node {
  const axis = resolveAxis('unsqueeze', dim, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}

export const permuteOf = (x: Node, dims: readonly number[]): Node => {
  const order = dims.map((axis) => resolveAxis('permute', axis, x.shape.length));
  return order.length === x.shape.length ? permute(x, order) : apply('permute', [x], { order });
};

export function transpose(x: Node, dim0: number, dim1: number): Node {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => axis);
  if (!rank) return x;
  const first = resolveAxis('transpose', dim0, rank);
  const second = resolveAxis('transpose', dim1, rank);
  [order[first], order[second]] = [second, first];
  return permute(x, order);
}

/** Repeats axes of length 1; -1 keeps a length. */
export function expandOf(x: Node, shape: Shape): Node {
  const skip = shape.length - x.shape.length;
  return expand(
    x,
    shape.map((length, axis) => (length === -1 && axis >= skip ? x.shape[axis - skip] : length)),
  );
}

/** The tensor repeated along each axis. */
export function tile(x: Node, repeats: readonly number[]): Node {
  const rank = Math.max(repeats.length, x.shape.length);
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const counts = [...new Array<number>(rank - repeats.length).fill(1), ...repeats];
  if (counts.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new ArgumentError(`repeats are integers of zero or more, got ${showShape(repeats)}`, {
      op: 'tile',
      shapes: [x.shape],
    });
  }
  const split = shape.flatMap((length) => [1, length]);
  const repeated = shape.flatMap((length, axis) => [counts[axis], length]);
  return reshape(
    expand(reshape(x, split), repeated),
    shape.map((length, axis) => length * counts[axis]),
  );
}

function requireSome(op: string, tensors: readonly Node[]): void {
  if (!tensors.length) throw new ArgumentError('the list of tensors is empty', { op });
}

export function concat(tensors: readonly Node[], dim = 0): Node {
  requireSome('concat', tensors);
  const nodes = together(...tensors);
  return apply('concat', nodes, { axis: resolveAxis('concat', dim, nodes[0].shape.length) });
}

export function stack(tensors: readonly Node[], dim = 0): Node {
  requireSome('stack', tensors);
  const axis = resolveAxis('stack', dim, tensors[0].shape.length + 1);
  for (const { shape } of tensors) {
    if (showShape(shape) !== showShape(tensors[0].shape)) {
      throw new ShapeMismatchError(`first: ${showShape(tensors[0].shape)}, other: ${showShape(shape)}`, {
        op: 'stack',
        shapes: [tensors[0].shape, shape],
        hint: 'All tensors need one shape; concat joins along an axis that may differ',
      });
    }
  }
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis,
  );
}

const whole = (x: Node): { starts: number[]; lengths: number[]; steps: number[] } => ({
  starts: x.shape.map(() => 0),
  lengths: [...x.shape],
  steps: x.shape.map(() => 1),
});

/** `length` elements of an axis from `start`. */
export function narrow(x: Node, dim: number, start: number, length: number): Node {
  const axis = resolveAxis('narrow', dim, x.shape.length);
  const from = start < 0 ? start + x.shape[axis] : start;
  if (
    !Number.isInteger(start) ||
    !Number.isInteger(length) ||
    from < 0 ||
    length < 0 ||
    from + length > x.shape[axis]
  ) {
    throw new ArgumentError(
      `${length} elements from ${start} are outside axis ${axis} of ${showShape(x.shape)}`,
      {
        op: 'narrow',
        shapes: [x.shape],
      },
    );
  }
  const part = whole(x);
  part.starts[axis] = from;
  part.lengths[axis] = length;
  return apply('slice', [x], part);
}

/** Elements `start` to `end` - 1 of an axis, every `step`-th. Negative places count from the end; outside ones are cut, as in Python. */
export function slice(
  x: Node,
  dim: number,
  start = 0,
  end: number = Number.POSITIVE_INFINITY,
  step = 1,
): Node {
  const axis = resolveAxis('slice', dim, x.shape.length);
  if (!Number.isInteger(step) || step < 1)
    throw new ArgumentError(`a step is a positive integer, got ${step}`, { op: 'slice' });
  const length = x.shape[axis];
  const place = (index: number): number => Math.max(0, Math.min(length, index < 0 ? index + length : index));
  const part = whole(x);
  part.starts[axis] = place(start);
  part.lengths[axis] = Math.max(0, Math.ceil((place(end) - place(start)) / step));
  part.steps[axis] = step;
  return apply('slice', [x], part);
}

/** Pieces of a size, or of the sizes given, along an axis. */
export function split(x: Node, sizes: number | readonly number[], dim = 0): Node[] {
  const axis = resolveAxis('split', dim, x.shape.length);
  const length = x.shape[axis];
  if (typeof sizes === 'number' && !(Number.isInteger(sizes) && sizes > 0)) {
    throw new ArgumentError(`a piece has one element or more, got ${sizes}`, { op: 'split' });
  }
  const list =
    typeof sizes === 'number'
      ? Array.from({ length: Math.max(1, Math.ceil(length / sizes)) }, (_, i) =>
          Math.min(sizes, length - i * sizes),
        )
      : sizes;
  const total = list.reduce((sum, size) => sum + size, 0);
  if (total !== length) {
    throw new ArgumentError(
      `sizes [${list.join(', ')}] add up to ${total}, axis ${axis} of ${showShape(x.shape)} has ${length}`,
      {
        op: 'split',
        shapes: [x.shape],
      },
    );
  }
  let start = 0;
  return list.map((size) => {
    const piece = narrow(x, axis, start, size);
    start += size;
    return piece;
  });
}

export function chunk(x: Node, chunks: number, dim = 0): Node[] {
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new ArgumentError(`the number of chunks is positive, got ${chunks}`, { op: 'chunk' });
  const axis = resolveAxis('chunk', dim, x.shape.length);
  return split(x, Math.max(1, Math.ceil(x.shape[axis] / chunks)), axis);
}

export const flip = (x: Node, dims: number | readonly number[]): Node =>
  apply('flip', [x], { axes: resolveAxes('flip', dims, x.shape.length) });

/** Moves elements along axes; those that fall off one end come in at the other. */
export function roll(x: Node, shifts: number | readonly number[], dims?: number | readonly number[]): Node {
  if (dims === undefined) return reshape(roll(flatten(x), shifts, 0), x.shape);
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const axes = (typeof dims === 'number' ? [dims] : dims).map((axis) =>
    resolveAxis('roll', axis, x.shape.length),
  );
  if (by.length !== axes.length)
    throw new ArgumentError(`${by.length} shifts for ${axes.length} axes`, { op: 'roll' });
  return axes.reduce((value, axis, i) => {
    const length = value.shape[axis];
    const shift = length ? ((by[i] % length) + length) % length : 0;
    if (!shift) return value;
    return concat([narrow(value, axis, length - shift, shift), narrow(value, axis, 0, length - shift)], axis);
  }, x);
}

/** Elements put around axes, the last axis first, as PyTorch counts: [left, right, top, bottom, …]. Negative amounts cut. */
export function pad(x: Node, padding: readonly number[], value = 0): Node {
  const rank = x.shape.length;
  if (padding.length % 2 !== 0 || padding.length / 2 > rank) {
    throw new ArgumentError(
      `padding has two numbers for each axis it covers, got ${padding.length} for ${rank} dimensions`,
      {
        op: 'pad',
        shapes: [x.shape],
      },
    );
  }
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  for (let i = 0; i < padding.length / 2; i++) {
    before[rank - 1 - i] = padding[2 * i];
    after[rank - 1 - i] = padding[2 * i + 1];
  }
  // What is cut is a slice, whose gradient puts zeros there.
  const cut = (amounts: readonly number[]): number[] => amounts.map((amount) => Math.max(0, -amount));
  const put = (amounts: readonly number[]): number[] => amounts.map((amount) => Math.max(0, amount));
  const starts = cut(before);
  const ends = cut(after);
  const lengths = x.shape.map((length, axis) => length - starts[axis] - ends[axis]);
  if (lengths.some((length) => length < 0)) {
    throw new ArgumentError(`[${padding.join(', ')}] cuts more than ${showShape(x.shape)} has`, {
      op: 'pad',
      shapes: [x.shape],
    });
  }
  const kept = sameShape(lengths, x.shape)
    ? x
    : apply('slice', [x], { starts, lengths, steps: starts.map(() => 1) });
  return apply('pad', [kept], { before: put(before), after: put(after), value });
}

const place = (shape: Shape, axis: number): Node => apply('iota', [], { shape, axis, dtype: 'int32' });

function triangle(op: string, x: Node, diagonal: number, keepLower: boolean): Node {
  const rank = x.shape.length;
  if (rank < 2)
    throw new ArgumentError(`takes matrices, got ${showShape(x.shape)}`, { op, shapes: [x.shape] });
  const matrix = x.shape.slice(-2);
  const limit = apply('add', [place(matrix, 0), constant(diagonal, 'int32')], {});
  const columns = place(matrix, 1);
  return where(keepLower ? le(columns, limit) : ge(columns, limit), x, constant(0, x.dtype));
}

export const tril = (x: Node, diagonal = 0): Node => triangle('tril', x, diagonal, true);
export const triu = (x: Node, diagonal = 0): Node => triangle('triu', x, diagonal, false);

/** The diagonal of the matrices in two axes, as a new last axis. */
export function diagonal(x: Node, offset = 0, dim1 = 0, dim2 = 1): Node {
  const rank = x.shape.length;
  const first = resolveAxis('diagonal', dim1, rank);
  const second = resolveAxis('diagonal', dim2, rank);
  if (first === second)
    throw new ArgumentError('the two axes of a diagonal differ', { op: 'diagonal', shapes: [x.shape] });
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const last = permute(x, [...others, first, second]);
  const [rows, columns] = last.shape.slice(-2);
  const skipRows = Math.max(0, -offset);
  const skipColumns = Math.max(0, offset);
  const length = Math.max(0, Math.min(rows - skipRows, columns - skipColumns));
  const square = narrow(
    narrow(last, -2, Math.min(skipRows, rows), length),
    -1,
    Math.min(skipColumns, columns),
    length,
  );
  const onDiagonal = apply('eq', [place([length, length], 0), place([length, length], 1)], {});
  return sumOf(where(onDiagonal, square, constant(0, x.dtype)), -1);
}
