import { ArgumentError, ShapeMismatchError, showShape } from './errors.ts';

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((size, length) => size * length, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** Elements to step over for one step along each axis, row-major. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`a shape is a list of lengths, got ${typeof shape} ${String(shape)}`, {
      op,
      hint: 'Write the brackets also around one length: zeros([3])',
    });
  }
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new ArgumentError(
        `every length of a shape is an integer of zero or more, got ${showShape(shape)}`,
        { op },
      );
    }
  }
}

/** NumPy's broadcasting of two shapes. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const lengthA = a[a.length - fromEnd] ?? 1;
    const lengthB = b[b.length - fromEnd] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new ShapeMismatchError(
        `left: ${showShape(a)}, right: ${showShape(b)}, axis -${fromEnd}: ${lengthA} against ${lengthB}`,
        { op, shapes: [a, b], hint: 'Lengths must be equal, or one of them 1' },
      );
    }
    out[rank - fromEnd] = lengthA === 1 ? lengthB : lengthA;
  }
  return out;
}

/** An axis given as PyTorch gives it (-1 is the last), as an index from the front. */
export function resolveAxis(op: string, axis: number, rank: number): number {
  const limit = Math.max(rank, 1);
  if (!Number.isInteger(axis) || axis < -limit || axis >= limit) {
    throw new ArgumentError(
      `axis ${axis} is outside a tensor of ${rank} dimensions (allowed: ${-limit} to ${limit - 1})`,
      { op },
    );
  }
  return axis < 0 ? axis + limit : axis;
}

/** Axes of a reduction: none given means all; sorted, each once. */
export function resolveAxes(
  op: string,
  axes: number | readonly number[] | null | undefined,
  rank: number,
): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => resolveAxis(op, axis, rank));
  if (new Set(list).size !== list.length)
    throw new ArgumentError(`an axis is named twice in [${list.join(', ')}]`, { op });
  return rank === 0 ? [] : list.sort((a, b) => a - b);
}
